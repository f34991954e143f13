/** Many small conversations about orders over the months before, from a stock of situations. */
import type { Script, Turn } from "./conversation-script.ts";
import { pdf } from "./files.ts";
import type { MailProgram } from "./quoting.ts";
import type { SeedContext } from "./planned-mail.ts";

const customers: [string, string][] = [
  ["Nadia Kowalczyk", "nadia.kowalczyk"],
  ["James Okafor", "james.okafor"],
  ["Fiona Macrae", "fiona.macrae"],
  ["Luca Bianchi", "luca.bianchi"],
  ["Sophie Tremblay", "sophie.tremblay"],
  ["Daniel Roth", "daniel.roth"],
  ["Megan Pryce", "megan.pryce"],
  ["Arjun Mehta", "arjun.mehta"],
  ["Isobel Grant", "isobel.grant"],
  ["Theo Lindqvist", "theo.lindqvist"],
  ["Carmen Ruiz", "carmen.ruiz"],
  ["Wendy Blackwood", "wendy.blackwood"],
  ["Hugh Pemberton", "hugh.pemberton"],
  ["Yasmin Farouk", "yasmin.farouk"],
  ["Patrick Doyle", "patrick.doyle"],
  ["Mei Tanaka", "mei.tanaka"],
  ["Joanna Fairweather", "joanna.fairweather"],
  ["Elliot Marsh", "elliot.marsh"],
];

const pieces = [
  "oatmeal mug",
  "cobalt bowl",
  "tall celadon vase",
  "Tin Roof tumbler",
  "butter dish",
  "salt pig",
  "small teapot",
  "pasta plate",
];

type Situation = (piece: string, order: number) => { subject: string; turns: Turn[] };

const them = (after: number, text: string): Turn => ({ by: "them", after, text });
const us = (after: number, text: string): Turn => ({ by: "us", after, text });

const situations: Situation[] = [
  (piece, order) => ({
    subject: `Order ${order}: change of address`,
    turns: [
      them(
        0,
        `Hello, I've just ordered a ${piece} (${order}) and only now see that I gave my old address. Can you still change it? The new one is 8 Linden Row, Norwich.`,
      ),
      us(3, `Hello, just in time, it was on the packing table. I've changed it to Linden Row.\n\nWell`),
      them(1, `Phew. Thank you!`),
    ],
  }),
  (piece) => ({
    subject: `Will the ${piece} be back?`,
    turns: [
      them(
        0,
        `Hi, the ${piece} has been sold out since I found your shop. Is it coming back, and could you tell me when?`,
      ),
      us(
        8,
        `Hi, there's a batch in the next firing, so in about three weeks. I've put your name on one; I'll write before it goes online, and there's no obligation.\n\nWell`,
      ),
      them(5, `Yes please, and thank you, that's very good of you.`),
      us(
        480,
        `As promised: your ${piece} is out of the kiln and a good one. It's reserved for you until Sunday.\n\nWell`,
      ),
      them(3, `Ordered! Can't wait.`),
    ],
  }),
  (piece, order) => ({
    subject: `Broken on arrival (order ${order})`,
    turns: [
      them(
        0,
        `Unfortunately my ${piece} arrived in three pieces. The box looked as if somebody had stood on it. What do we do now?`,
      ),
      us(
        2,
        `I'm sorry, what a disappointing thing to open. A new one goes out tomorrow. Please keep the box for a week in case the carrier wants to see it, everything else can go.\n\nWell`,
      ),
      them(70, `The new one came today without a scratch. Thanks for the quick help.`),
    ],
  }),
  (piece) => ({
    subject: `Is the ${piece} oven safe?`,
    turns: [
      them(0, `Quick question before I order: can the ${piece} go in the oven?`),
      us(
        4,
        `It can, up to 180 °C, if it goes into a cold oven and warms up with it. Not under the grill, please.\n\nWell`,
      ),
    ],
  }),
  (piece, order) => ({
    subject: `Thank you! (${order})`,
    turns: [
      them(
        0,
        `I don't normally write to shops, but the ${piece} is the nicest thing I've bought this year. My partner has already claimed it, so I'll be back for another.`,
      ),
    ],
  }),
  (piece, order) => ({
    subject: `Invoice for order ${order}, please`,
    turns: [
      them(0, `Could you send me an invoice for the ${piece}? I need it for the books.`),
      {
        ...us(5, `Here it is, sorry it wasn't in the parcel.\n\nWell`),
        files: [pdf(`Invoice-${order}.pdf`, ["Marlow Ceramics", `Invoice for order ${order}`, piece])],
      },
    ],
  }),
  (piece) => ({
    subject: `A ${piece} with initials?`,
    turns: [
      them(
        0,
        `Do you do personal pieces? I'd love a ${piece} with "R & M 2001" for an anniversary, somewhere small.`,
      ),
      us(
        19,
        `I can stamp it into the foot, so it's only there for those who turn it over. That adds £6 and two weeks, because it has to be done while the clay is soft.\n\nWell`,
      ),
      them(2, `On the foot is a lovely idea. Yes please! Ordered with a note.`),
      us(300, `It's done, and on its way to you today. I hope they like it.\n\nWell`),
    ],
  }),
  (piece, order) => ({
    subject: `Return of order ${order}`,
    turns: [
      them(0, `The ${piece} is lovely but too big for our shelf. I'd like to send it back, it's unused.`),
      us(
        6,
        `No problem at all: https://marlow-ceramics.example/returns makes you a label. The refund goes out on the day it's here.\n\nWell`,
      ),
      them(90, `Sent this morning.`),
      us(50, `It's back, whole, and your refund is on its way, three to five days.\n\nWell`),
    ],
  }),
];

const programs: MailProgram[] = ["gmail", "apple", "outlook"];

/** `count` conversations, spread over `days` days but not the last three weeks. */
export function orderConversations(context: SeedContext, count: number, days: number): Script[] {
  const { random } = context;
  return Array.from({ length: count }, (_, index) => {
    const [name, local] =
      customers[(index * 5 + random.whole(0, 3)) % customers.length] ?? random.pick(customers);
    const situation = situations[index % situations.length] ?? random.pick(situations);
    const age = 21 + ((index + random.next()) / count) * (days - 21);
    const order = Math.round(10420 - age * 4);
    return {
      with: { name, address: `${local}@mailbox.example`, program: random.pick(programs) },
      ...situation(random.pick(pieces), order),
      hoursAgo: age * 24,
      plain: random.chance(0.2),
      read: true,
    };
  });
}
