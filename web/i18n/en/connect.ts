export const connect = {
  title: "Connect a mailbox",
  linkTitle: "Connect this mailbox",
  doneTitle: "The mailbox is connected",
};
