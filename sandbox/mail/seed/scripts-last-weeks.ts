/** Conversations of the weeks before: wholesale, press, complaints, friends. */
import type { Script } from "./conversation-script.ts";
import { bowlPng, csv, pdf, zip } from "./files.ts";

const sand: [number, number, number] = [214, 196, 160];
const rust: [number, number, number] = [158, 84, 52];

export const lastWeeks: Script[] = [
  {
    with: { name: "Hannah Liu", address: "hannah@saltandstring.example", program: "gmail" },
    subject: "Stocking your mugs in our shop in Brighton",
    hoursAgo: 12 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hi Well,

I have a small homeware shop in the Lanes and I've been drinking from one of your mugs for a year now, so this is overdue: do you sell wholesale?

I'd start small, perhaps 24 mugs in three colours, and see. What are your terms?

Hannah
Salt & String`,
      },
      {
        by: "us",
        after: 20,
        text: `Hi Hannah,

I do, and I know the shop: my aunt bought a very good broom from you.

Wholesale is 50 % of the shop price, from 24 pieces, mixed as you like, with delivery free above £300. First order paid with the order, after that 30 days. I only ask that the mugs aren't sold below the price on our own site.

Price list attached. Which three colours did you have in mind?

Well`,
        files: [
          csv("wholesale-prices.csv", [
            ["Code", "Piece", "Shop GBP", "Wholesale GBP"],
            ["MUG-30", "Mug 300 ml", "28.00", "14.00"],
            ["MUG-40", "Mug 400 ml", "32.00", "16.00"],
            ["TUM-22", "Tumbler 220 ml", "22.00", "11.00"],
            ["BWL-15", "Bowl 15 cm", "30.00", "15.00"],
          ]),
        ],
      },
      {
        by: "them",
        after: 5,
        text: `Those are fair terms, thank you. 12 oatmeal, 6 cobalt, 6 of the rusty one (does it have a name?), all 300 ml.

And a broom story is the best reference.`,
      },
      {
        by: "us",
        after: 18,
        text: `It's called "Tin Roof", because that's what it looked like when it first went wrong, and then people kept asking for it.

24 × £14 = £336, so delivery is on us. They'll leave here on the 28th. Invoice attached, thank you!

Well`,
        files: [
          pdf("Invoice-2279.pdf", [
            "Marlow Ceramics",
            "Invoice 2279",
            "24 x Mug 300 ml at 14.00",
            "Total GBP 336.00",
          ]),
        ],
      },
      {
        by: "them",
        after: 26,
        text: `Paid. We have cleared a shelf by the window for them.

Do you have a few lines about the studio for the card beside it, and perhaps photos I can use for Instagram?`,
      },
      {
        by: "us",
        after: 21,
        text: `Here's a zip with three photos and a text in two lengths. Use what you like, and change what sounds pompous.

Well`,
        files: [
          zip("marlow-press.zip", [
            bowlPng("tin-roof.png", rust),
            bowlPng("oatmeal.png", sand),
            {
              name: "about.txt",
              type: "text/plain",
              bytes: Buffer.from("Marlow Ceramics, Falmouth. Made by hand.\r\n"),
            },
          ]),
        ],
      },
    ],
  },
  {
    with: { name: "Ben Achterberg", address: "ben.achterberg@mailbox.example", program: "gmail" },
    subject: "Glaze looks different from the photo",
    hoursAgo: 9 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hello, my celadon vase (10455) came today. It's nice but on your site it looks green and mine is plainly grey. I'd like to return it.

Ben`,
      },
      {
        by: "us",
        after: 3,
        text: `Hi Ben,

Of course you can, a return label is at https://marlow-ceramics.example/returns and the refund goes out the day it's back.

Before you pack it: celadon changes with the light more than any other glaze I use. Under warm bulbs it goes grey, by a window it's green. If you have a minute, try it on a windowsill tomorrow morning. If it's still grey, send it back with no hard feelings.

Well`,
      },
      {
        by: "them",
        after: 17,
        text: `OK so I put it on the windowsill. It's green. It's REALLY green. I'm keeping it.

You could put that on the website, you know.

Ben`,
      },
      {
        by: "us",
        after: 1.4,
        text: `I've just done that, nearly in your words. Thank you, and enjoy it!

Well`,
      },
    ],
  },
  {
    with: { name: "Lucy Penhaligon", address: "lucy@westcountryliving.example", program: "outlook" },
    subject: "Feature on makers of the Fal estuary",
    hoursAgo: 16 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear Well,

I'm writing a feature for West Country Living on six makers around the Fal and would love to include you. It would mean an hour's talk and a morning with our photographer. The issue comes out in February.

Would some day in the week of the 18th suit?

Lucy Penhaligon
Contributing editor`,
      },
      {
        by: "us",
        after: 30,
        text: `Dear Lucy,

With pleasure. The 19th or 20th would be good; we open the kiln on the 20th at nine, if your photographer likes drama. It's the only moment in the month when I don't know what will happen.

Well`,
      },
      {
        by: "them",
        after: 5,
        text: `Drama it is. The 20th, we'll be there at half past eight with pastries.`,
      },
      {
        by: "them",
        after: 170,
        text: `Just to say thank you for this morning. Kit's photos are wonderful, especially your face when the big jar came out whole.

I'll send you the quotes to check before we print.

Lucy`,
      },
    ],
  },
  {
    with: { name: "Samira Haddad", address: "samira.haddad@mailbox.example", program: "apple" },
    subject: "Wedding list, 14 place settings",
    hoursAgo: 21 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hi Well!

We're getting married in June and would like our guests to give us your plates instead of toasters. Is there any way to do a wedding list with you? 14 settings: dinner plate, side plate, bowl, in sand.

Samira & Joe`,
      },
      {
        by: "us",
        after: 9,
        text: `Dear Samira and Joe,

Congratulations! I've never done one but it sounds much better than toasters.

Here's how it could work: I make a page with a code for your guests, each can buy one piece or a whole setting, and I keep everything until the week before and deliver it in one go. I'd throw all 14 from one batch of clay so the colour matches, whoever buys what, so I'd need to know in March that it's happening.

Would that do?

Well`,
      },
      {
        by: "them",
        after: 11,
        text: `That would do PERFECTLY. Joe says we'll buy whatever is left over ourselves, so you can start for certain.

How much for a whole setting, so that we can warn my uncle?`,
      },
      {
        by: "us",
        after: 14,
        text: `£74 for the three pieces, so £1,036 for the lot. Your uncle may also buy a salt pig, there's one for every purse.

The page is https://marlow-ceramics.example/list/samira-and-joe, nobody finds it without the link.

Well`,
      },
      {
        by: "them",
        after: 4,
        text: `We both cried a bit at the drawing on the page. Thank you. Sent to 60 people!`,
      },
    ],
  },
  {
    with: { name: "Rob Tregenza", address: "rob@tregenzaelectrical.example", program: "outlook" },
    subject: "Kiln thermocouple",
    hoursAgo: 6 * 24,
    folder: "Suppliers",
    turns: [
      {
        by: "us",
        after: 0,
        text: `Hi Rob,

The big kiln reads 40 degrees low again above 1100. Last time it was the thermocouple. Could you come by this week? I have a firing for the Green Room on Friday that I can't afford to lose.

Well`,
      },
      {
        by: "them",
        after: 2,
        text: `Thursday 8am. I'll bring two type S in case. Don't fire it till I've been.

Rob`,
      },
      {
        by: "us",
        after: 0.4,
        text: `You're a star. Kettle will be on.`,
      },
      {
        by: "them",
        after: 46,
        text: `All done, it reads within 3 degrees of my meter now. The old one was eaten nearly through. Invoice attached, no rush.

Rob`,
        files: [
          pdf("RT-0419.pdf", [
            "Tregenza Electrical",
            "Invoice RT-0419",
            "Thermocouple type S, fitted",
            "Total GBP 148.00",
          ]),
        ],
      },
    ],
  },
  {
    with: { name: "Eleanor Voss", address: "eleanor.voss@mailbox.example", program: "gmail" },
    subject: "Gift card didn't arrive",
    hoursAgo: 4 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hello, I bought a £50 gift card for my brother on Sunday, to be e-mailed to him at 9 on his birthday (today). Nothing has come. I've checked with him twice and it's getting embarrassing.

Eleanor`,
      },
      {
        by: "us",
        after: 0.7,
        text: `Dear Eleanor,

I'm sorry! It went out at nine and bounced: the address has "gmial" in it. I've corrected it and sent it again, and I've made it £55 for the wait. Please wish him a happy birthday, and tell him it was the shop's fault.

Well`,
      },
      {
        by: "them",
        after: 0.9,
        text: `Oh no, that was my typing! You're too kind. He has it and is already choosing.

Thank you!`,
      },
    ],
  },
  {
    with: { name: "Peter Lanyon-Hughes", address: "peter@lhaccountants.example", program: "outlook" },
    subject: "VAT return: three questions",
    hoursAgo: 8 * 24,
    folder: "Accounts",
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear Well,

Nearly done with the quarter. Three questions:

1. The £148 to Tregenza: repair or new equipment?
2. Is the Quinlan deposit income or a loan?
3. What on earth is "pastries, kiln opening, £22"?

Peter`,
      },
      {
        by: "us",
        after: 8,
        text: `1. Repair.
2. Income, sadly.
3. Marketing. There was a photographer.

Well`,
      },
      {
        by: "them",
        after: 1.1,
        text: `I shall file it under entertainment and look the other way. Return submitted, £1,204.16 due by the 7th.

P`,
      },
    ],
  },
];
