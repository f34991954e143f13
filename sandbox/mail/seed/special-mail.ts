/** The kinds of mail that programs trip over: invitations, bounces, automatic replies, junk, drafts. */
import { headerText, multipart, textNode } from "./mime-builder.ts";
import type { Node } from "./mime-builder.ts";
import { dayMs, hourMs, receivedFlags } from "./planned-mail.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";
import { singleMail } from "./single-mail.ts";

const stamp = (at: number): string => new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");

type Meeting = {
  by: string;
  address: string;
  title: string;
  place: string;
  inHours: number;
  agoHours: number;
};

const meetings: Meeting[] = [
  {
    by: "Deirdre Quinlan",
    address: "deirdre@quinlangallery.example",
    title: "Photographs for the card, with Sorcha",
    place: "Marlow Ceramics, drying room",
    inHours: 70,
    agoHours: 18,
  },
  {
    by: "Jess Carne",
    address: "jess@cornwallmakers.example",
    title: "Guild meeting: winter market",
    place: "The Polytechnic, upstairs",
    inHours: 200,
    agoHours: 52,
  },
  {
    by: "Peter Lanyon-Hughes",
    address: "peter@lhaccountants.example",
    title: "Year end, one hour, bring biscuits",
    place: "Video call",
    inHours: -400,
    agoHours: 600,
  },
];

/** Calendar invitations (iMIP, RFC 6047). */
export function invitations(context: SeedContext, count: number): PlannedMail[] {
  return meetings.slice(0, count).map((meeting) => {
    const date = context.now - meeting.agoHours * hourMs;
    const start = Math.ceil((context.now + meeting.inHours * hourMs) / hourMs) * hourMs;
    const text = `${meeting.title}\n\nWhere: ${meeting.place}\nWhen: ${new Date(start).toUTCString()}`;
    return singleMail(context, {
      from: { name: meeting.by, address: meeting.address },
      subject: `Invitation: ${meeting.title}`,
      date,
      text,
      root: multipart("alternative", `cal-${context.random.hex(16)}`, [
        textNode("plain", text),
        textNode("html", `<p><b>${meeting.title}</b></p><p>${meeting.place}</p>`),
        calendarNode(context, meeting, date, start),
      ]),
      flags: receivedFlags(context, date),
    });
  });
}

function calendarNode(context: SeedContext, meeting: Meeting, sent: number, start: number): Node {
  const lines = [
    "BEGIN:VCALENDAR",
    "PRODID:-//Sandbox//Calendar//EN",
    "VERSION:2.0",
    "METHOD:REQUEST",
    "BEGIN:VEVENT",
    `UID:${context.random.hex(24)}@calendar.example`,
    `DTSTAMP:${stamp(sent)}`,
    `DTSTART:${stamp(start)}`,
    `DTEND:${stamp(start + hourMs)}`,
    `SUMMARY:${meeting.title.replaceAll(",", String.raw`\,`)}`,
    `LOCATION:${meeting.place.replaceAll(",", String.raw`\,`)}`,
    `ORGANIZER;CN=${meeting.by}:mailto:${meeting.address}`,
    `ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:${context.owner.address}`,
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ];
  const node = textNode("calendar", lines.join("\n"));
  return { ...node, headers: node.headers.map((line) => line.replace('utf-8"', 'utf-8"; method=REQUEST')) };
}

const unreachable: [string, string, string, number][] = [
  ["elanor.voss@gmial.example", "Your gift card", "550 5.1.2 The domain of the address was not found", 97],
  ["info@oldharbourgallery.example", "Re: Spring prices", "550 5.1.1 The mailbox does not exist", 60 * 24],
  ["orders@thegreenroomcafe.example", "Invoice 2240", "552 5.2.2 The mailbox is full", 140 * 24],
];

function plainPart(type: string, text: string): Node {
  return { headers: [`Content-Type: ${type}`], body: text.replaceAll("\n", "\r\n") };
}

/** Delivery reports (RFC 3464) for mail that was sent. */
export function bounces(context: SeedContext, count: number): PlannedMail[] {
  return unreachable.slice(0, count).map(([recipient, subject, reason, hoursAgo]) => {
    const date = context.now - hoursAgo * hourMs;
    const status = / (5\.\d\.\d) /.exec(reason)?.[1] ?? "5.0.0";
    const report = `Reporting-MTA: dns; mx.mailbox.example\n\nFinal-Recipient: rfc822; ${recipient}\nAction: failed\nStatus: ${status}\nDiagnostic-Code: smtp; ${reason}\n`;
    const original = `From: ${context.owner.name} <${context.owner.address}>\nTo: <${recipient}>\nSubject: ${subject}\nMessage-ID: <${context.random.hex(32)}@SANDBOXPROD01.PROD.OUTLOOK.EXAMPLE>\n`;
    return singleMail(context, {
      from: { name: "Mail Delivery Subsystem", address: "mailer-daemon@mailbox.example" },
      subject: `Undeliverable: ${subject}`,
      date,
      text: "",
      headers: ["Auto-Submitted: auto-replied", "X-Failed-Recipients: " + recipient],
      root: multipart(
        "report",
        `dsn-${context.random.hex(16)}`,
        [
          textNode("plain", `Your message to ${recipient} could not be delivered.\n\n${reason}\n`),
          plainPart("message/delivery-status", report),
          plainPart("text/rfc822-headers", original),
        ],
        "; report-type=delivery-status",
      ),
      flags: receivedFlags(context, date),
    });
  });
}

const away: [string, string, string, number][] = [
  [
    "Lucy Penhaligon",
    "lucy@westcountryliving.example",
    "I'm out of the office until Monday and reading no mail. For anything about the February issue please write to desk@westcountryliving.example.",
    190,
  ],
  [
    "Hannah Liu",
    "hannah@saltandstring.example",
    "The shop is shut this week, we are stocktaking (and sleeping). Back on Tuesday!",
    260,
  ],
  [
    "Jürgen Weiß",
    "juergen.weiss@keramikhaus-weiss.example",
    "Vielen Dank für Ihre Nachricht. Wir sind vom 3. bis 7. auf der Messe und antworten danach.",
    130,
  ],
  [
    "Tom Reyes",
    "tom@thegreenroomcafe.example",
    "On paternity leave!! Ines has the keys and the answers: ines@thegreenroomcafe.example",
    2400,
  ],
];

/** Automatic replies (RFC 3834). */
export function automaticReplies(context: SeedContext, count: number): PlannedMail[] {
  return away.slice(0, count).map(([name, address, text, hoursAgo]) => {
    const date = context.now - hoursAgo * hourMs;
    return singleMail(context, {
      from: { name, address },
      subject: "Automatic reply: Prices and photographs",
      date,
      text,
      headers: ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: auto_reply"],
      flags: receivedFlags(context, date),
    });
  });
}

const junkMails: [string, string, string, string][] = [
  [
    "SEO Team",
    "grow@rank-fast.example",
    "Your website is losing customers!!",
    "Dear webmaster, we found 37 errors on your site. Reply YES for a free audit.",
  ],
  [
    "Parcel Desk",
    "pay@parcel-desk-fees.example",
    "Unpaid customs fee: 1.99",
    "Your parcel is waiting. Pay the fee within 24 hours: https://parcel-desk-fees.example/pay",
  ],
  ["李经理", "sales@cheap-cups.example", "优质陶瓷杯 工厂直销", "您好，我们是陶瓷工厂，价格优惠，欢迎询价。"],
  [
    "Crypto Anna",
    "anna@moonvault.example",
    "🚀 You have been chosen",
    "Double your savings by Friday. This is not a joke.",
  ],
  [
    "Business Loans",
    "offer@quickloan.example",
    "Pre-approved: £25,000",
    "No questions asked. Simply confirm your details.",
  ],
];

export function junk(context: SeedContext, count: number): PlannedMail[] {
  return Array.from({ length: count }, (_, index) => {
    const [name, address, subject, text] =
      junkMails[index % junkMails.length] ?? context.random.pick(junkMails);
    const date = context.now - (0.5 + index * 2.7) * dayMs;
    return singleMail(context, {
      from: { name, address },
      subject,
      date,
      text,
      html: `<p style="font-size:22px;color:#d00">${text}</p><img src="https://${address.split("@")[1]}/t.gif" width="1" height="1">`,
      folder: "junk",
      flags: [],
    });
  });
}

const unfinished: [string, string, string, number][] = [
  ["Priya Nair", "Test piece", "Dear Priya,\n\nthe test plate came out of the kiln this morning and", 30],
  [
    "Cornwall Council",
    "Business rates",
    "Dear Sir or Madam,\n\nI don't understand how a shed of 40 square metres can",
    400,
  ],
];

export function drafts(context: SeedContext, count: number): PlannedMail[] {
  return unfinished.slice(0, count).map(([name, subject, text, hoursAgo]) =>
    singleMail(context, {
      from: context.owner,
      to: { name, address: `${name.toLowerCase().replaceAll(" ", ".")}@mailbox.example` },
      subject,
      date: context.now - hoursAgo * hourMs,
      text,
      folder: "drafts",
      flags: ["\\Seen", "\\Draft"],
    }),
  );
}

/** Microsoft's first mail to every new mailbox, and two that were thrown away. */
export function oldest(context: SeedContext, days: number): PlannedMail[] {
  const { owner, now } = context;
  const team = { name: "Outlook Team (sandbox)", address: "no-reply@outlook.example" };
  const welcome =
    "Welcome to your new mailbox. It lives in the sandbox: no mail in it ever leaves this machine.";
  return [
    singleMail(context, {
      from: team,
      subject: `Welcome, ${owner.firstName}`,
      date: now - days * dayMs,
      text: welcome,
      html: `<h1 style="font-family:Segoe UI,sans-serif;color:#0f6cbd">${owner.firstName}!</h1><p>${welcome}</p>`,
      flags: ["\\Seen"],
    }),
    singleMail(context, {
      from: { name: "Spam & Eggs", address: "hi@spamandeggs.example" },
      subject: "Table for two on Friday",
      date: now - 33 * dayMs,
      text: "Your table is booked for 7 pm. See you then!",
      folder: "trash",
      flags: ["\\Seen"],
    }),
    singleMail(context, {
      from: { name: "Printhouse", address: "proofs@printhouse.example" },
      subject: headerText("Proof of your swing tags (old)"),
      date: now - 51 * dayMs,
      text: "Please find the second proof on our site. The first one is void.",
      folder: "trash",
      flags: ["\\Seen"],
    }),
  ];
}
