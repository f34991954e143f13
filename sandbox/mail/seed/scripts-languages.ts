/** Conversations in other languages, some in the charsets that older mail programs still send. */
import type { Script } from "./conversation-script.ts";
import { bowlPng, pdf } from "./files.ts";

const white: [number, number, number] = [232, 230, 224];
const green: [number, number, number] = [120, 150, 118];

export const otherLanguages: Script[] = [
  {
    with: { name: "陈雨桐", address: "yutong.chen@qingyao.example", program: "outlook" },
    subject: "询问：定制茶具二十套",
    hoursAgo: 44,
    charset: "gbk",
    turns: [
      {
        by: "them",
        after: 0,
        text: `Marlow 先生，您好：

我们在杭州经营一家茶馆，上个月在展会上看到了您的青釉茶杯，非常喜欢。想请问能否定制二十套，每套一壶四杯，壶的容量约 200 毫升？

另外想了解一下：交货时间大概多久？是否可以寄到中国？

期待您的回复。

陈雨桐
清瑶茶舍`,
      },
      {
        by: "us",
        after: 9,
        text: `陈女士，您好：

谢谢您的来信（我的太太帮我用中文回复）。二十套可以做，每套 165 英镑，大约需要十周。可以寄到杭州，运费约 180 英镑，我们会用木箱包装。

壶嘴的形状您希望是直的还是弯的？

Well Marlow`,
      },
      {
        by: "them",
        after: 15,
        text: `Marlow 先生：

十周没有问题，我们五月才开新店。壶嘴请做直的，出水要干脆一些。

请问可以先付三成定金吗？合同我们这边可以准备。

也请代我谢谢您的太太，她的中文很好！

陈雨桐`,
      },
    ],
  },
  {
    with: { name: "林志远", address: "lin.zhiyuan@mailbox.example", program: "gmail" },
    subject: "收到的杯子有一个碎了",
    hoursAgo: 5 * 24,
    charset: "gb2312",
    plain: true,
    turns: [
      {
        by: "them",
        after: 0,
        text: `您好，订单 10431 今天收到了，四个杯子中有一个在路上碎了。包装盒的一角是压扁的，我拍了照片。请问可以补发一个吗？

林志远`,
        files: [bowlPng("照片.png", white)],
      },
      {
        by: "us",
        after: 5,
        text: `林先生，非常抱歉！我们明天就补发一个新的给您，不需要寄回碎的那个。

Well`,
      },
      {
        by: "them",
        after: 6,
        text: `太好了，谢谢！服务真好。`,
      },
    ],
  },
  {
    with: { name: "山本 恵子", address: "keiko.yamamoto@utsuwa-ten.example", program: "apple" },
    subject: "小鉢の追加注文について",
    hoursAgo: 60,
    charset: "iso-2022-jp",
    turns: [
      {
        by: "them",
        after: 0,
        text: `マーロウ様

いつもお世話になっております。京都の器の店「うつわ点」の山本です。

先日お送りいただいた小鉢は、三日で全部売れてしまいました。同じものを三十個、追加でお願いできますでしょうか。できれば三月の初めまでに届くとうれしいです。

よろしくお願いいたします。

山本 恵子`,
      },
      {
        by: "us",
        after: 11,
        text: `Dear Yamamoto-san,

That is wonderful news, thank you! 30 more bowls are no problem: they would leave here on 20 February and should reach Kyoto before the first of March.

The price is the same as last time. I'm sending the invoice with this mail.

Well Marlow`,
        files: [
          pdf("Invoice-2284.pdf", [
            "Marlow Ceramics",
            "Invoice 2284",
            "30 x Small bowl 11 cm, celadon",
            "Total GBP 540.00",
          ]),
        ],
      },
      {
        by: "them",
        after: 14,
        text: `マーロウ様

ありがとうございます。本日送金いたしました。

お客様から「手になじむ」とよく言われます。また写真をお送りします。

山本`,
      },
    ],
  },
  {
    with: { name: "ليلى منصور", address: "layla.mansour@dar-fann.example", program: "outlook" },
    subject: "استفسار عن أطباق خزفية للمطعم",
    hoursAgo: 70,
    charset: "windows-1256",
    turns: [
      {
        by: "them",
        after: 0,
        text: `السيد مارلو المحترم،

تحية طيبة من عمّان. نحن نفتتح مطعما صغيرا في جبل اللويبدة ونبحث عن أطباق مصنوعة يدويا. أعجبتنا كثيرا الأطباق الخضراء على موقعكم.

هل يمكن طلب ستين طبقا بقطر 24 سم؟ وكم تستغرق مدة التنفيذ والشحن إلى الأردن؟

مع خالص التقدير،
ليلى منصور`,
        picture: bowlPng("green.png", green),
      },
      {
        by: "us",
        after: 20,
        text: `Dear Layla,

Thank you for your kind message, a friend has translated it for me, so please forgive the English.

Sixty plates of 24 cm are possible: about nine weeks, and two more for the sea freight to Aqaba. They would be 31 pounds each. Shall I send one by air first, so that you can see the green in your own light?

Well Marlow`,
      },
      {
        by: "them",
        after: 18,
        text: `شكرا جزيلا على سرعة الرد. نعم، نود أن نرى طبقا واحدا أولا. سأرسل لكم العنوان غدا.

ليلى`,
      },
    ],
  },
  {
    with: { name: "Jürgen Weiß", address: "juergen.weiss@keramikhaus-weiss.example", program: "outlook" },
    subject: "Anfrage: Händlerrabatt für größere Mengen",
    hoursAgo: 7 * 24,
    charset: "iso-8859-1",
    turns: [
      {
        by: "them",
        after: 0,
        text: `Sehr geehrter Herr Marlow,

wir führen in Nürnberg ein Fachgeschäft für Keramik und würden Ihre Becher gern ins Sortiment aufnehmen. Gewähren Sie Händlern einen Rabatt, und ab welcher Stückzahl?

Außerdem: Sind die Glasuren spülmaschinenfest und bleifrei geprüft? Unsere Kunden fragen danach.

Mit freundlichen Grüßen
Jürgen Weiß`,
      },
      {
        by: "us",
        after: 22,
        text: `Sehr geehrter Herr Weiß,

vielen Dank für Ihre Anfrage. Ab 24 Stück gilt der Händlerpreis, das ist die Hälfte des Ladenpreises. Alle Glasuren sind bleifrei und spülmaschinenfest, den Prüfbericht lege ich bei.

Mit besten Grüßen aus Falmouth
Well Marlow`,
        files: [
          pdf("Prüfbericht.pdf", [
            "Test report 5531",
            "Lead and cadmium release: below the limit of detection",
          ]),
        ],
      },
      {
        by: "them",
        after: 19,
        text: `Lieber Herr Marlow,

das klingt sehr gut. Dann bestelle ich zunächst 36 Becher, je zwölf in Sand, Kobalt und Grün. Bitte senden Sie mir die Rechnung mit Ihrer Steuernummer, wegen des Zolls.

Herzliche Grüße
Jürgen Weiß`,
      },
    ],
  },
  {
    with: { name: "Zoë Martín 🌿", address: "zoe@verdeymar.example", program: "gmail" },
    subject: "Macetas para la terraza 🌵🪴",
    hoursAgo: 36,
    turns: [
      {
        by: "them",
        after: 0,
        text: `¡Hola Well! 👋

Soy Zoë, de Verde y Mar (Cádiz). Nos encantan tus macetas pequeñas 😍 ¿Las haces también con agujero de drenaje? Sin agujero se nos pudren los cactus 🌵💀

¿Y cuánto costarían 50?

¡Gracias! 🙏`,
      },
      {
        by: "us",
        after: 7,
        text: `¡Hola Zoë!

Yes, with a hole and a little saucer, no drowned cacti on my watch 🌵 50 would be £8.50 each, ready in about six weeks.

Un saludo,
Well`,
      },
      {
        by: "them",
        after: 3,
        text: `Perfecto, ¡adelante! 🎉 10 blancas, 20 verdes y 20 "tin roof" 🧡`,
      },
    ],
  },
];
