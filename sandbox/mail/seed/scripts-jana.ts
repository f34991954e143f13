/** The German mailbox of Jana Other: a café in Leipzig. */
import type { Script } from "./conversation-script.ts";
import { bowlPng, csv, pdf } from "./files.ts";

export const janasConversations: Script[] = [
  {
    with: { name: "Rösterei Südwind", address: "bestellung@suedwind-kaffee.example", program: "outlook" },
    subject: "Bestellung für Dezember",
    hoursAgo: 22,
    turns: [
      {
        by: "us",
        after: 0,
        text: `Hallo zusammen,

für Dezember bitte 18 kg Hausmischung und 6 kg vom Äthiopier, gemahlen wie immer erst bei uns. Könntet ihr diesmal schon am Montag liefern? Am Dienstag ist bei uns die Straße gesperrt.

Liebe Grüße
Jana`,
      },
      {
        by: "them",
        after: 3,
        text: `Hallo Jana,

Montag geht, zwischen sieben und acht. Der Äthiopier ist eine neue Ernte, etwas fruchtiger, wir legen dir 250 g zum Probieren dazu, bevor du dich festlegst.

Sonnige Grüße
Malte`,
      },
      {
        by: "us",
        after: 1,
        text: `Wunderbar, danke! Ich bin ab halb sieben da.

Jana`,
      },
    ],
  },
  {
    with: { name: "Frau Dr. Köhler", address: "koehler@hausverwaltung-mitte.example", program: "outlook" },
    subject: "Außenbestuhlung: Genehmigung läuft aus",
    hoursAgo: 70,
    charset: "iso-8859-1",
    turns: [
      {
        by: "them",
        after: 0,
        text: `Sehr geehrte Frau Other,

die Genehmigung für die vier Tische vor dem Haus läuft zum Jahresende aus. Bitte teilen Sie mir bis zum 15. mit, ob Sie sie verlängern möchten. Die Gebühr erhöht sich auf 212 Euro im Jahr.

Mit freundlichen Grüßen
Dr. Köhler`,
        files: [pdf("Antrag.pdf", ["Antrag auf Sondernutzung", "Vier Tische, acht Stühle"])],
      },
      {
        by: "us",
        after: 21,
        text: `Sehr geehrte Frau Dr. Köhler,

ja, bitte verlängern. Den unterschriebenen Antrag bringe ich morgen vorbei.

Viele Grüße
Jana Other`,
      },
      {
        by: "them",
        after: 4,
        text: `Vielen Dank, das genügt. Sie brauchen nicht eigens zu kommen, werfen Sie ihn einfach ein.`,
      },
    ],
  },
  {
    with: { name: "Marlow Ceramics", address: "hello@marlow-ceramics.example", program: "outlook" },
    subject: "Your cups for Café Morgenrot",
    hoursAgo: 120,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Dear Jana,

your 30 espresso cups came out of the kiln this morning, all of them whole. They'll be packed tomorrow and should reach Leipzig by Wednesday.

Best wishes from Falmouth`,
        picture: bowlPng("cups.png", [158, 84, 52]),
      },
      {
        by: "us",
        after: 8,
        text: `They look beautiful! Wednesday is great, we are open from seven.\n\nJana`,
      },
      {
        by: "them",
        after: 60,
        text: `They've just been handed to the driver. Do send a photo when they are on the counter!`,
      },
    ],
  },
  {
    with: { name: "Mutti", address: "renate.other@mailbox.example", program: "apple" },
    subject: "Sonntag",
    hoursAgo: 15,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Hallo mein Schatz,\n\nkommst Du am Sonntag zum Essen? Es gibt Klöße. Papa fragt auch, ob Du die Bohrmaschine noch hast.\n\nKuss, Mutti`,
      },
      { by: "us", after: 2, text: `Ja zu den Klößen, ja zur Bohrmaschine 😄 Ich bringe Kuchen mit.` },
      { by: "them", after: 1, text: `Aber nicht wieder den mit Rüben.` },
    ],
  },
  {
    with: { name: "Konrad Bär", address: "konrad.baer@steuer-baer.example", program: "outlook" },
    subject: "Unterlagen für den Jahresabschluss",
    hoursAgo: 9 * 24,
    turns: [
      {
        by: "them",
        after: 0,
        text: `Liebe Frau Other,\n\nes fehlen mir noch die Kassenbücher von Juli und August sowie der Mietvertrag der Kaffeemaschine.\n\nBeste Grüße\nKonrad Bär`,
      },
      {
        by: "us",
        after: 26,
        text: `Lieber Herr Bär,\n\nanbei beide Monate. Der Vertrag kommt per Post, das Original ist etwas kaffeefleckig.\n\nJana Other`,
        files: [
          csv("kassenbuch-juli-august.csv", [
            ["Tag", "Einnahmen", "Ausgaben"],
            ["01.07.", "612,40", "88,10"],
            ["02.07.", "540,00", "41,75"],
          ]),
        ],
      },
      {
        by: "them",
        after: 5,
        text: `Vielen Dank. Kaffeeflecken sind in Ihrer Branche steuerlich unbedenklich.`,
      },
    ],
  },
];
