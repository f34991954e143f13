export const mailboxes = {
  title: "Mailbox",
};
