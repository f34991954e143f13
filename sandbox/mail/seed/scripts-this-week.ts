/** The newest conversations of Marlow Ceramics: what a visitor of a trial reads first. */
import type { Script } from "./conversation-script.ts";
import { bowlPng, csv, pdf } from "./files.ts";

const celadon: [number, number, number] = [147, 178, 160];
const cobalt: [number, number, number] = [44, 72, 128];
const oatmeal: [number, number, number] = [205, 188, 158];

export const thisWeek: Script[] = [
  {
    with: { name: "Harriet Osei", address: "harriet@oseiandlamb.example", program: "apple" },
    subject: "Hairline crack in one of the blue bowls",
    hoursAgo: 27,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hi Well,

The set of six arrived this morning, beautifully packed, thank you. I washed them before putting them away and one has a thin line running down from the rim, about 3 cm. You can feel it with a fingernail on the inside. Photo below.

I don't think it happened in the post, the box was perfect. Would you be able to replace just the one? They're for my mother's 70th on the 12th, so no panic yet, but close to it.

Harriet`,
        picture: bowlPng("bowl-crack.png", cobalt),
      },
      {
        by: "us",
        after: 2.4,
        text: `Dear Harriet,

I'm so sorry, that is a dunting crack, it opens when a pot cools a little too fast near the door of the kiln. It's our fault and not the post's, and it would only get longer, so please don't use it.

I have one from the same firing on the shelf here. I can send it tomorrow by tracked 24, so it would be with you on Thursday, well before the 12th. No need to send the cracked one back.

All the best,
Well
Marlow Ceramics`,
      },
      {
        by: "them",
        after: 1.2,
        text: `That's so kind, thank you! Thursday is perfect. Could it go to my office instead? I won't be home:

Osei & Lamb Architects
2nd floor, 14 Quayside
Bristol

And a quick question while I have you: are they all right in the dishwasher? My mother will not wash anything by hand.

H`,
      },
      {
        by: "us",
        after: 15,
        text: `Of course, I've changed the label to Quayside. It's gone with this morning's van.

Dishwasher: yes, every day if she likes. Just not straight from the fridge into a hot oven.

Wish her a happy birthday from us!

Well`,
      },
      {
        by: "them",
        after: 4.5,
        text: `It's here already, and it's perfect. A day early! You can't tell it from the other five.

I'll send you a photo of the table on the 12th.

Harriet x`,
      },
    ],
  },
  {
    with: { name: "Tom Reyes", address: "tom@thegreenroomcafe.example", program: "gmail" },
    cc: { name: "Ines Faria", address: "ines@thegreenroomcafe.example", program: "gmail" },
    subject: "Re-order for the café: 40 cups, 40 saucers",
    hoursAgo: 50,
    flagged: true,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Morning Well,

We open the second Green Room in Totnes on the 1st and Ines wants the same cups as in Exeter, because people keep asking where they can buy them (we always send them to you, I hope some of them turn up).

So: 40 of the 180 ml flat white cup in oatmeal, 40 saucers, and if you have them, 12 of the little milk jugs. Can you do that by the 26th? And is the price from last year still good?

Tom`,
      },
      {
        by: "us",
        after: 5,
        text: `Hi Tom, hi Ines,

Congratulations on Totnes!

40 and 40 by the 26th is tight but it works if I throw them this weekend. The jugs I have in stock, 12 exactly, so I've put them aside for you.

Clay and gas have both gone up, so last year's £11.50 a cup would be £12.20 now, saucers stay at £6. Quotation attached; it holds until Friday.

People do turn up, yes. Last month a couple drove over from Plymouth because of your cups. Thank you!

Well`,
        files: [
          pdf("Quotation-2291.pdf", [
            "Marlow Ceramics",
            "Quotation 2291 for The Green Room, Totnes",
            "40 x Flat white cup 180 ml, oatmeal   at 12.20   488.00",
            "40 x Saucer 14 cm, oatmeal            at  6.00   240.00",
            "12 x Milk jug 150 ml                  at  9.50   114.00",
            "Delivery by our own van                          free",
            "Total GBP                                        842.00",
          ]),
        ],
      },
      {
        by: "them",
        after: 18,
        text: `£12.20 is fine, please go ahead. Ines asks if the saucers could have the cup ring 2 mm wider, the new machine's cups get put down in a hurry...

PO to follow from accounts, they'll want your VAT number on the invoice this time.

Tom`,
      },
      {
        by: "us",
        after: 3,
        text: `A wider ring is no trouble, I turn them by hand anyway. I'll make one saucer first and bring it over on Tuesday so Ines can try it.

VAT number is GB 311 4027 85, it'll be on the invoice.

Well`,
      },
      {
        by: "them",
        after: 20,
        text: `Tuesday works, come after 3 when it's quiet and we'll feed you. PO attached.

One more thing: the sign-off for the Totnes health inspection wants a statement that the glaze is food safe. Do you have something like that on paper?

Tom`,
        files: [
          pdf("PO-TGR-0187.pdf", [
            "The Green Room Ltd",
            "Purchase order TGR-0187",
            "Supplier: Marlow Ceramics",
            "As quotation 2291, total GBP 842.00",
            "Deliver to: 3 Fore Street, Totnes",
          ]),
        ],
      },
    ],
  },
  {
    with: { name: "Priya Nair", address: "priya.nair@fennelandrye.example", program: "outlook" },
    subject: "Could you make a serving plate to this drawing?",
    hoursAgo: 74,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hello,

I run the kitchen at Fennel & Rye in Bath. We are changing our lamb dish and I have a picture in my head of the plate: oval, 34 by 22 cm, a very low rim on one long side only, so that the sauce stays but the waiter can slide the carving knife in from the other.

Is that something you could make? We would need 24, and I would love to see a test piece before we decide. There is no hurry, the menu changes in the spring.

Kind regards,
Priya Nair
Head chef`,
      },
      {
        by: "us",
        after: 6,
        text: `Dear Priya,

What a lovely thing to be asked. Yes, I can make that: slab-built over a plaster form, so that all 24 come out alike. The one-sided rim is the fun part; I'd suggest 6 mm, which holds about 80 ml of sauce with the plate level.

A test piece takes three weeks (drying an oval slowly is what keeps it flat) and costs £45, which comes off the order if you go ahead. 24 of them would be about £38 each.

What colour is the sauce? It matters more for the glaze than you'd think.

Warm wishes,
Well`,
      },
      {
        by: "them",
        after: 22,
        text: `The sauce is a very dark green, almost black: charred leek and lovage. The lamb is pink, so a warm white, not a cold one.

£45 is absolutely fine. Please start!

I attach my (terrible) drawing.

Priya`,
        files: [bowlPng("plate-drawing.png", oatmeal, [250, 250, 250])],
      },
      {
        by: "us",
        after: 26,
        text: `It isn't terrible at all, it has measurements, which puts it in the top tenth.

I'll use the warm white with a little iron in it. Next to dark green it will look like cream. I'll write when it's out of the kiln, around the middle of the month.

Well`,
      },
    ],
  },
  {
    with: { name: "Marcus Bell", address: "marcus.bell@mailbox.example", program: "gmail" },
    subject: "Where is order 10482?",
    hoursAgo: 9,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hi, I ordered two tumblers on the 3rd (order 10482) and the tracking has said "label created" for six days. Is it actually on its way?

Sorry to nag, it's a wedding present and the wedding is on Saturday.

Marcus`,
      },
      {
        by: "us",
        after: 1.5,
        text: `Hi Marcus,

You're not nagging. I've just been to look, and the carrier scanned our crate but not your parcel, which usually means that it is sitting in their depot under something large.

I've opened a trace. If they haven't found it by noon tomorrow I'll send a second pair by courier, and you can bring the first pair back if it ever surfaces. You will have two tumblers on Saturday either way.

Well`,
      },
      {
        by: "them",
        after: 0.6,
        text: `That is honestly the best answer I've ever had from a shop. Thank you.

If it comes to the courier, please leave it with number 11 next door, we're both at work till 6.`,
      },
    ],
  },
  {
    with: { name: "Deirdre Quinlan", address: "deirdre@quinlangallery.example", program: "outlook" },
    subject: "Spring show: dates, pieces and commission",
    hoursAgo: 150,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear Well,

Following our chat at the fair: we would like to give you the back room for four weeks from 14 March, private view on the Thursday evening. Twenty to twenty-five pieces, a third of them new.

Our commission is 40 %, we pay on the last day of the month, and we insure from the moment the crate crosses our doorstep. I attach the agreement, it is two pages because life is short.

Could you let me have a working title for the invitation by the end of the week?

Deirdre`,
        files: [
          pdf("Exhibition-agreement.pdf", [
            "Quinlan Gallery",
            "Exhibition agreement",
            "Artist: Well Marlow",
            "Dates: 14 March to 11 April",
            "Commission: 40 percent of the price before VAT",
            "Insurance: by the gallery, from arrival to departure",
          ]),
        ],
      },
      {
        by: "us",
        after: 28,
        text: `Dear Deirdre,

Thank you, I'd be delighted. Signed copy attached.

Two things: could the tall jars stand on the floor rather than on plinths? They're made to be looked down into. And may I price the new celadon pieces myself, I've never sold that glaze before and would like to start it modestly.

Working title: "Low Water". Everything in it is the colour of the estuary in winter.

Well`,
        files: [
          pdf("Exhibition-agreement-signed.pdf", [
            "Quinlan Gallery",
            "Exhibition agreement",
            "Signed: Well Marlow",
          ]),
        ],
      },
      {
        by: "them",
        after: 20,
        text: `"Low Water" is perfect. I can see the card already.

Floor: yes, if you bring felt for under them. Prices: yes, modestly but not humbly, please. People think there is something wrong with a cheap jar.

Could Sorcha photograph two or three pieces for the card? She could come to you on any day next week.

D`,
      },
      {
        by: "us",
        after: 30,
        text: `Wednesday would be best, the light is good in the drying room until about two. I'll have the first three celadon jars out by then, if the kiln gods are kind.

Well`,
      },
      {
        by: "them",
        after: 22,
        text: `Wednesday at eleven then. Sorcha is vegetarian and bites if not fed.

One small practical matter: the printer wants the exact spelling of everything on the card by Monday. Is it "Well Marlow" or "Marlow Ceramics"?

Deirdre`,
        picture: bowlPng("card-draft.png", celadon, [226, 230, 228]),
      },
    ],
  },
  {
    with: { name: "Aoife Brennan", address: "aoife.brennan@mailbox.example", program: "apple" },
    subject: "Workshop on the 21st: two places left?",
    hoursAgo: 31,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hi there,

Your website says two places are left on the throwing day on the 21st. My sister and I would love to come. Neither of us has ever touched clay. Is that a problem? She is also left-handed and seven months pregnant, in case the wheels are awkward.

Aoife`,
      },
      {
        by: "us",
        after: 4,
        text: `Hi Aoife,

No clay before is the best kind of student, there's nothing to unlearn. Left-handed is fine, the wheels turn both ways. For your sister I'd put a wheel up on blocks so that she can stand, and she must promise to sit down whenever she likes.

I'm holding both places until tomorrow evening. £85 each with lunch, clay, firing and posting two finished pots to you: https://marlow-ceramics.example/workshops/21

Anything you two don't eat?

Well`,
      },
      {
        by: "them",
        after: 3,
        text: `Booked!! Both of us. She's thrilled about the blocks.

No soft cheese for her (obviously), everything for me.

See you on the 21st 🎉`,
      },
    ],
  },
  {
    with: {
      name: "Accounts · Calder Clay & Minerals",
      address: "accounts@calderclay.example",
      program: "outlook",
    },
    subject: "Statement of account and a question about invoice CC-88120",
    hoursAgo: 98,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear customer,

Please find attached your statement as of the end of last month.

Our records show invoice CC-88120 (£318.40, 400 kg stoneware body) as unpaid. If you have paid it in the last few days please disregard this message.

Kind regards,
Janet Holroyd
Accounts`,
        files: [
          csv("statement.csv", [
            ["Date", "Document", "Amount GBP", "Open GBP"],
            ["04/09", "CC-87311", "212.10", "0.00"],
            ["17/09", "CC-87702", "164.00", "0.00"],
            ["02/10", "CC-88120", "318.40", "318.40"],
          ]),
        ],
      },
      {
        by: "us",
        after: 7,
        text: `Dear Janet,

I paid CC-88120 on the 9th, but looking at it now I used the old account number, the one from before you moved banks. Our bank shows the money as gone and not come back.

Could you check with your side whether it is stuck there? If it isn't, I'll ask ours to recall it and pay again the same day.

Well Marlow`,
      },
      {
        by: "them",
        after: 24,
        text: `Dear Mr Marlow,

Found it. It was sitting in the old account, which we keep open until the end of the year for exactly this reason. I have moved it across and your account is clear.

You are the fourth this week, so no need to feel bad.

Janet`,
      },
    ],
  },
  {
    with: { name: "Oliver Stanton", address: "oliver.stanton@mailbox.example", program: "outlook" },
    subject: "Invoice address wrong on 10467",
    hoursAgo: 6,
    plain: true,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hello,

The invoice for order 10467 has my private address on it. My accountant insists on the company's:

Stanton Joinery Ltd
Unit 4, Old Gasworks
Stroud GL5

Could you send a corrected one? No changes to the order itself, it arrived and is excellent.

Oliver Stanton`,
      },
    ],
  },
  {
    with: { name: "Grace Whitlock", address: "grace.whitlock@mailbox.example", program: "apple" },
    subject: "An urn",
    hoursAgo: 20,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear Mr Marlow,

My husband died in September. He had one of your mugs for eleven years and would drink from nothing else. I would like to ask whether you would make an urn, in the same grey-green.

I don't know what size such a thing has to be or what it costs. I am not in a hurry. I would rather you took your time.

Grace Whitlock`,
      },
      {
        by: "us",
        after: 14,
        text: `Dear Mrs Whitlock,

Thank you for writing to me, and I am very sorry. Eleven years of mornings is the best thing I've heard anyone say of a mug of mine.

I would be honoured to make it. The usual size holds three litres and stands about 26 cm tall; I'd throw it with a lid that sits inside the rim so that it closes quietly. The grey-green is a glaze I still make every month.

Please let's leave the price until you've seen it and like it. I'll make two, so that you can choose, and send you a picture when they are out of the kiln. That will be about five weeks.

With warm wishes,
Well`,
      },
      {
        by: "them",
        after: 4,
        text: `Thank you. "Closes quietly" is just right.

Grace`,
      },
    ],
  },
];
