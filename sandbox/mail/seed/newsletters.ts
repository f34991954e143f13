/** Newsletters in the HTML they really come in: tables, inline styles, remote images, tracking pixels. */
import { dayMs, receivedFlags } from "./planned-mail.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";
import { singleMail } from "./single-mail.ts";

type Sender = {
  name: string;
  domain: string;
  color: string;
  subjects: string[];
  lead: string;
  items: string[];
};

const english: Sender[] = [
  {
    name: "Calder Clay & Minerals",
    domain: "news.calderclay.example",
    color: "#7a4a2b",
    subjects: [
      "Frit is back in stock",
      "10 % off all stoneware bodies until Sunday",
      "New: wild clay from Wenlock",
    ],
    lead: "The quarry is dry at last, which means the good stuff is moving again.",
    items: [
      "Grogged stoneware, 12.5 kg, £13.20",
      "Nepheline syenite, 5 kg, £11.90",
      "Bamboo trimming tools, set of four, £18",
    ],
  },
  {
    name: "The Maker's Almanac",
    domain: "mail.makersalmanac.example",
    color: "#23423a",
    subjects: [
      "What the fairs paid this autumn",
      "Pricing a mug honestly",
      "Seven studios, seven stoves",
      "The letter: on throwing things away",
    ],
    lead: "This week: forty makers told us what they took home after pitch, petrol and parking.",
    items: [
      "The median stall took £640 on a Saturday",
      "Why two makers stopped taking cards and came back",
      "A reader asks: may I sell seconds?",
    ],
  },
  {
    name: "Parcelwise",
    domain: "updates.parcelwise.example",
    color: "#c23b22",
    subjects: [
      "Last posting dates for Christmas",
      "Your monthly shipping report",
      "Fuel surcharge from the 1st",
    ],
    lead: "You sent more with us this month than last, and 97.8 % arrived on the first attempt.",
    items: [
      "Tracked 24: next working day from £3.95",
      "Fragile service: now to the Channel Islands",
      "Collections on Saturdays before Christmas",
    ],
  },
  {
    name: "Shopfloor",
    domain: "hello.shopfloor.example",
    color: "#4b2fa8",
    subjects: ["New in Shopfloor: bundles", "Your store had 412 visitors last week", "A calmer checkout"],
    lead: "Small shops asked for it most, so we built it first: sell a set and keep the stock of its pieces right.",
    items: ["Bundles count their pieces", "Gift notes print on the packing slip", "Dark mode, at last"],
  },
  {
    name: "Cornwall Makers' Guild",
    domain: "cornwallmakers.example",
    color: "#1d5c86",
    subjects: [
      "Minutes and next meeting",
      "Winter market: stalls still free",
      "Studio insurance: what we learned",
    ],
    lead: "Twenty-three of us squeezed into the Polytechnic on Tuesday. Thank you to Jess for the saffron buns.",
    items: [
      "Winter market at the Drill Hall: 9 stalls left",
      "Shared van to London in March: tell Andrew",
      "Kiln shelf swap: bring yours on the 5th",
    ],
  },
];

const german: Sender[] = [
  {
    name: "Gastro-Großhandel Elster",
    domain: "newsletter.elster-gastro.example",
    color: "#8a1c1c",
    subjects: [
      "Hafermilch zum Aktionspreis",
      "Neu im Sortiment: Pappbecher ohne Plastik",
      "Lieferzeiten über die Feiertage",
    ],
    lead: "Die Feiertage rücken näher: Bestellen Sie bis Donnerstag 12 Uhr, dann sind wir Freitag früh bei Ihnen.",
    items: [
      "Hafermilch Barista, 12 × 1 l, 19,80 €",
      "Rohrzucker-Sticks, 1.000 Stück, 14,50 €",
      "Spülmaschinentabs, 200 Stück, 31,00 €",
    ],
  },
  {
    name: "Leipziger Kulturkalender",
    domain: "post.kulturkalender-leipzig.example",
    color: "#22505c",
    subjects: ["Ihre Woche in Leipzig", "Lichtfest: Wo es voll wird", "Drei Lesungen, ein Konzert"],
    lead: "Die schönste Ausstellung der Woche hängt in einem Treppenhaus in der Südvorstadt.",
    items: [
      "Mittwoch: Lesung im Café am Kanal",
      "Freitag: Orgel bei Kerzenlicht",
      "Sonntag: Flohmarkt auf der Agra",
    ],
  },
];

/** `count` newsletters over `days` days, in German for a German mailbox. */
export function newsletters(
  context: SeedContext,
  plan: { count: number; days: number; german?: boolean },
): PlannedMail[] {
  const { random, now, owner } = context;
  const senders = plan.german ? german : english;
  return Array.from({ length: plan.count }, (_, index) => {
    const sender = senders[index % senders.length] ?? random.pick(senders);
    const age = ((index + random.next()) / plan.count) * plan.days;
    const date = now - Math.max(age, 0.4) * dayMs;
    const subject = random.pick(sender.subjects);
    const unsubscribe = `https://${sender.domain}/u/${random.hex(24)}`;
    return singleMail(context, {
      from: { name: sender.name, address: `news@${sender.domain}` },
      subject,
      date,
      text: [sender.lead, ...sender.items.map((item) => `* ${item}`), `Unsubscribe: ${unsubscribe}`].join(
        "\n\n",
      ),
      html: newsletterHtml({ sender, subject, unsubscribe, token: random.hex(32), address: owner.address }),
      headers: [
        `List-Unsubscribe: <${unsubscribe}>, <mailto:unsubscribe@${sender.domain}>`,
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        `List-Id: ${sender.name.replaceAll(/[^\w ]/g, "")} <list.${sender.domain}>`,
        "Precedence: bulk",
      ],
      flags: receivedFlags(context, date),
    });
  });
}

type Issue = { sender: Sender; subject: string; unsubscribe: string; token: string; address: string };

function newsletterHtml({ sender, subject, unsubscribe, token, address }: Issue): string {
  const site = `https://${sender.domain}`;
  const cells = sender.items
    .map(
      (item, index) => `<tr><td width="96" style="padding:12px 0 12px 24px;" valign="top">
<img src="${site}/img/${index + 1}.jpg?w=96" width="72" height="72" alt="" style="display:block;border:0;border-radius:4px;">
</td><td style="padding:12px 24px 12px 12px;font-family:Georgia,serif;font-size:16px;line-height:23px;color:#333333;">
${item}<br><a href="${site}/c/${token}/${index}" style="color:${sender.color};font-weight:bold;">&rarr;</a></td></tr>`,
    )
    .join("\n");
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>${subject}</title>
<style type="text/css">@media only screen and (max-width:620px){.wrap{width:100%!important}} a{text-decoration:none}</style></head>
<body style="margin:0;padding:0;background-color:#f2efe9;">
<div style="display:none;max-height:0;overflow:hidden;">${sender.lead}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f2efe9"><tr><td align="center">
<table role="presentation" class="wrap" width="600" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff">
<tr><td colspan="2" bgcolor="${sender.color}" style="padding:20px 24px;font-family:Arial,sans-serif;font-size:20px;color:#ffffff;">
<a href="${site}" style="color:#ffffff;"><img src="${site}/img/logo.png" width="32" height="32" alt="" style="vertical-align:middle;border:0;"> ${sender.name}</a></td></tr>
<tr><td colspan="2" style="padding:28px 24px 4px;font-family:Georgia,serif;font-size:26px;color:#222222;">${subject}</td></tr>
<tr><td colspan="2" style="padding:4px 24px 16px;font-family:Georgia,serif;font-size:16px;line-height:24px;color:#444444;">${sender.lead}</td></tr>
${cells}
<tr><td colspan="2" align="center" style="padding:20px 24px 28px;"><a href="${site}/c/${token}/go" style="background-color:${sender.color};color:#ffffff;padding:12px 28px;font-family:Arial,sans-serif;border-radius:4px;">${sender.name}</a></td></tr>
</table>
<p style="font-family:Arial,sans-serif;font-size:11px;color:#8a8578;">${address} &middot; <a href="${unsubscribe}" style="color:#8a8578;">Unsubscribe</a></p>
</td></tr></table>
<img src="${site}/o/${token}.gif" width="1" height="1" alt="" style="display:block;">
</body></html>`;
}
