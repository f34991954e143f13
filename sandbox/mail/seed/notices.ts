/** What machines write to a shop: orders, payments, parcels, and its own contact form. */
import { csv } from "./files.ts";
import { atWork, dayMs, receivedFlags } from "./planned-mail.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";
import { singleMail } from "./single-mail.ts";

const goods: [string, number][] = [
  ["Mug 300 ml, oatmeal", 28],
  ["Mug 400 ml, cobalt", 32],
  ["Bowl 15 cm, celadon", 30],
  ["Tumbler 220 ml, Tin Roof", 22],
  ["Butter dish, sand", 46],
  ["Salt pig, cobalt", 38],
];

const buyers = [
  "R. Whitcombe",
  "Amelia Sørensen",
  "T. Nakagawa",
  "Kirsty Bain",
  "O. Adeyemi",
  "Clara Fontaine",
  "S. Iqbal",
];

function spread(context: SeedContext, count: number, days: number): number[] {
  const { random, now } = context;
  return Array.from({ length: count }, (_, index) => {
    const age = ((index + random.next()) / count) * days;
    return age < 1 ? now - (0.2 + age) * dayMs * 0.8 : atWork(context, now - age * dayMs);
  });
}

/** "New order" mails of the shop system. */
export function orderNotices(context: SeedContext, count: number, days: number): PlannedMail[] {
  const { random } = context;
  return spread(context, count, days).map((date, index) => {
    const number = 10488 - index * 17;
    const buyer = random.pick(buyers);
    const lines = Array.from({ length: random.whole(1, 3) }, () => {
      const [name, price] = random.pick(goods);
      return { name, price, amount: random.whole(1, 4) };
    });
    const total = lines.reduce((sum, line) => sum + line.price * line.amount, 0).toFixed(2);
    const rows = lines.map(
      (line) =>
        `<tr><td style="padding:6px">${line.amount} × ${line.name}</td><td align="right">£${line.price}.00</td></tr>`,
    );
    return singleMail(context, {
      from: { name: "Shopfloor", address: "orders@shopfloor.example" },
      subject: `[Marlow Ceramics] New order #${number} from ${buyer}`,
      date,
      text: `${buyer} placed order #${number}.\n\n${lines.map((line) => `${line.amount} x ${line.name}`).join("\n")}\n\nTotal £${total}`,
      html: `<div style="font-family:Arial,sans-serif;color:#222"><h2>Order #${number}</h2><p>${buyer} has just bought:</p>
<table cellpadding="0" cellspacing="0" style="border-collapse:collapse;min-width:320px">${rows.join("")}
<tr><td style="padding:6px;border-top:1px solid #ccc"><b>Total</b></td><td align="right" style="border-top:1px solid #ccc"><b>£${total}</b></td></tr></table>
<p><a href="https://admin.shopfloor.example/orders/${number}">Open the order</a></p></div>`,
      headers: ["Auto-Submitted: auto-generated"],
      folder: index < 8 ? "inbox" : { name: "Orders" },
      flags: receivedFlags(context, date),
    });
  });
}

/** Payouts and parcel news. */
export function serviceNotices(context: SeedContext, count: number, days: number): PlannedMail[] {
  const { random } = context;
  return spread(context, count, days).map((date, index) => {
    const payout = index % 2 === 0;
    const amount = `${random.whole(120, 990)}.${random.whole(10, 99)}`;
    const parcel = `PW${random.whole(10_000_000, 99_999_999)}GB`;
    return singleMail(context, {
      from: payout
        ? { name: "Tillstone Payments", address: "payouts@tillstone.example" }
        : { name: "Parcelwise", address: "no-reply@parcelwise.example" },
      subject: payout ? `Your payout of £${amount} is on its way` : `Parcel ${parcel} has been delivered`,
      date,
      text: payout
        ? `Hi,\n\nWe have sent £${amount} to your account ending in 4417. It should be there within two working days.\n\nThe list of payments is attached.\n\nTillstone`
        : `Your parcel ${parcel} was delivered today at 11:42 and signed for by a neighbour.\n\nParcelwise`,
      headers: ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"],
      ...(payout
        ? {
            files: [
              csv("payout.csv", [
                ["Order", "Gross", "Fee"],
                [10400 - index, amount, "1.12"],
              ]),
            ],
          }
        : {}),
      flags: receivedFlags(context, date),
    });
  });
}

const questions = [
  "Do you sell seconds? I'd be happy with a wonky one.",
  "Are you open on Sundays? We're driving down from Leeds and would love to see the studio.",
  "Please call me about a dinner set for twelve. I'm hard of hearing so speak up.",
  "What is the glaze on the pasta plates made of? My daughter has a nickel allergy.",
  "Could you mend a jug that isn't yours? It was my grandmother's.",
  "Do you ship to Norway, and who pays the customs?",
  "I'd like to book a workshop for eight (hen party, well behaved).",
  "My voucher SPRING10 does not work, it says expired but the card says until the 30th.",
];

/** Mails of the website's form: all with one subject, none belonging to another. */
export function contactForms(context: SeedContext, count: number, days: number): PlannedMail[] {
  const { random } = context;
  return spread(context, count, days).map((date, index) => {
    const name = random.pick(buyers);
    const address = `${name.toLowerCase().replaceAll(/[^a-z]+/g, ".")}${random.whole(2, 99)}@mailbox.example`;
    const question = questions[index % questions.length] ?? random.pick(questions);
    return singleMail(context, {
      from: { name: "Marlow Ceramics website", address: "form@marlow-ceramics.example" },
      subject: "New message from your website",
      date,
      text: `Name: ${name}\nE-mail: ${address}\nPage: /contact\n\nMessage:\n${question}\n`,
      headers: [`Reply-To: "${name.replaceAll(/[^\x20-\x7e]/g, "o")}" <${address}>`],
      flags: receivedFlags(context, date),
    });
  });
}
