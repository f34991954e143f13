/** Who one is writing with: name, address, since when, their other conversations, the files of this one. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy, X } from "lucide-react";
import { getGetAttachmentUrl, listConversations } from "../api/gen/client.ts";
import type { Conversation, Mailbox, MailAddress } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { fileSize, listTime, monthOf } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { IconButton } from "../ui/Button.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { toasts } from "../ui/toast-store.ts";
import { attachmentName } from "./attachment-name.ts";
import { FileIcon } from "./Attachments.tsx";
import { others, personName, sameAddress } from "./people.ts";
import { messagesQuery } from "./queries.ts";

/** The other conversations that are looked for. */
const shownAtMost = 20;

interface ContactSheetProps {
  conversation: Conversation;
  mailboxes: readonly Mailbox[];
  onClose: () => void;
}

export function ContactSheet({ conversation, mailboxes, onClose }: ContactSheetProps) {
  const { t } = useTexts();
  const own = new Set(mailboxes.map((mailbox) => mailbox.address.toLowerCase()));
  const people = others(conversation.participants, own);
  const [first, ...rest] = people;
  if (first === undefined) return null;
  return (
    <aside
      aria-label={t("inbox.contact.title")}
      className="flex h-full flex-col gap-6 overflow-y-auto bg-paper px-[18px] py-4 text-s"
    >
      <div className="flex items-start gap-3">
        <Avatar name={personName(first)} size="l" />
        <div className="min-w-0 flex-1 pt-0.5">
          <p className="line-clamp-2 text-m font-semibold wrap-break-word">{personName(first)}</p>
        </div>
        <IconButton
          size="s"
          label={t("inbox.thread.hideContact")}
          keys="p"
          onClick={onClose}
          className="-mr-2"
        >
          <X size={15} />
        </IconButton>
      </div>
      <div className="-mt-4">
        <Address person={first} />
      </div>
      <Earlier person={first} conversation={conversation} />
      {rest.length > 0 && (
        <Section title={t("inbox.contact.inThis")}>
          <ul className="flex flex-col gap-2.5">
            {rest.map((person) => (
              <li key={person.address} className="min-w-0">
                <p className="truncate">{personName(person)}</p>
                <Address person={person} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Files conversation={conversation} />
    </aside>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h2 className="mb-2 text-xs font-semibold text-ink-3">{title}</h2>
      {children}
    </section>
  );
}

function Address({ person }: { person: MailAddress }) {
  const { t } = useTexts();
  const copy = async () => {
    await navigator.clipboard.writeText(person.address);
    toasts.show(t("inbox.contact.copied"));
  };
  return (
    <button
      type="button"
      title={t("inbox.contact.copy")}
      onClick={() => void copy()}
      className="group flex max-w-full items-center gap-1.5 text-left text-ink-3 hover:text-ink touch:min-h-8"
    >
      <span className="line-clamp-3 min-w-0 wrap-anywhere">{person.address}</span>
      <Copy
        size={12}
        aria-hidden
        className="shrink-0 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
      />
    </button>
  );
}

function Earlier({ person, conversation }: { person: MailAddress; conversation: Conversation }) {
  const { t, locale } = useTexts();
  const { data, error, isPending } = useQuery({
    queryKey: queryKeys.contact(person.address),
    queryFn: ({ signal }) =>
      listConversations({ q: person.address, view: "all", limit: shownAtMost }, { signal }),
  });
  const found = (data?.items ?? []).filter((item) =>
    item.participants.some((other) => sameAddress(other.address, person.address)),
  );
  const rest = found.filter((item) => item.id !== conversation.id);
  const { data: messages } = useQuery(messagesQuery(conversation.id));
  const written = (messages ?? []).map((message) => message.sentAt ?? message.receivedAt);
  const complete = data !== undefined && data.nextCursor === null;
  const oldest = [...found.map((item) => item.lastMessageAt), ...written].reduce(
    (a, b) => (a < b ? a : b),
    conversation.lastMessageAt,
  );
  return (
    <>
      {complete && (
        <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
          <dt className="text-ink-3">{t("inbox.contact.firstSeen")}</dt>
          <dd>{monthOf(oldest, locale)}</dd>
          <dt className="text-ink-3">{t("inbox.contact.conversations")}</dt>
          <dd className="tabular-nums">{rest.length + 1}</dd>
        </dl>
      )}
      <Section title={t("inbox.contact.earlier")}>
        {isPending ? (
          <SkeletonText lines={3} />
        ) : data === undefined ? (
          <p className="text-ink-3">{errorText(error, t)}</p>
        ) : rest.length === 0 ? (
          <p className="text-ink-3">{t("inbox.contact.none")}</p>
        ) : (
          <ul className="-mx-2 flex flex-col">
            {rest.map((item) => (
              <li key={item.id}>
                <Link
                  to="/inbox/$view/$conversationId"
                  params={{ view: "all", conversationId: item.id }}
                  search={{}}
                  className="block rounded-s px-2 py-1.5 hover:bg-raise"
                >
                  <span dir="auto" className="block truncate">
                    {item.subject === "" ? t("inbox.list.noSubject") : item.subject}
                  </span>
                  <span className="block truncate text-ink-3">
                    {t(`inbox.views.${item.status}`)} · {listTime(item.lastMessageAt, now(), locale)}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        {data !== undefined && data.nextCursor !== null && (
          <Link
            to="/inbox/$view"
            params={{ view: "all" }}
            search={{ q: person.address }}
            className="mt-1 inline-block text-ink-2 underline decoration-edge underline-offset-2 hover:text-ink"
          >
            {t("inbox.contact.more")}
          </Link>
        )}
      </Section>
    </>
  );
}

function Files({ conversation }: { conversation: Conversation }) {
  const { t, locale } = useTexts();
  const { data } = useQuery({ ...messagesQuery(conversation.id), enabled: conversation.attachmentCount > 0 });
  const files = (data ?? []).flatMap((message) =>
    message.attachments
      .filter((item) => !item.inline)
      .map((attachment) => ({ messageId: message.id, attachment })),
  );
  if (files.length === 0) return null;
  return (
    <Section title={t("inbox.contact.files")}>
      <ul className="-mx-2 flex flex-col">
        {files.map(({ messageId, attachment }) => {
          const name = attachmentName(attachment, t);
          return (
            <li key={`${messageId}:${attachment.n}`}>
              <a
                href={getGetAttachmentUrl(messageId, attachment.n)}
                download={name}
                className="flex items-center gap-2 rounded-s px-2 py-1.5 hover:bg-raise"
              >
                <span className="shrink-0 text-ink-3">
                  <FileIcon contentType={attachment.contentType} size={15} />
                </span>
                <span className="min-w-0 flex-1 truncate">{name}</span>
                <span className="shrink-0 text-ink-3 tabular-nums">
                  {fileSize(attachment.sizeBytes, locale)}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
