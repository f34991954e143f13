/** The pane of the list: search or selection above, then rows, or what stands in their place. */
import type { Conversation } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";
import { ConversationList, RowSkeleton } from "./ConversationList.tsx";
import { ConversationRow } from "./ConversationRow.tsx";
import { EmptyList } from "./EmptyList.tsx";
import type { InboxState } from "./InboxPage.tsx";
import { ListHeader, SelectionBar } from "./ListHeader.tsx";
import { scopeTitle } from "./scope-text.ts";

interface InboxListPaneProps {
  scope: ListScope;
  openId: string | undefined;
  inbox: InboxState;
}

export function InboxListPane({ scope, openId, inbox }: InboxListPaneProps) {
  const { t } = useTexts();
  const { list, navigation } = inbox;
  const title = scopeTitle(scope, list.mailboxes, t);
  const renderRow = (row: Conversation) => (
    <ConversationRow
      row={row}
      scope={scope}
      own={list.own}
      open={row.id === openId}
      cursor={row.id === navigation.cursorId}
      tabStop={row.id === (navigation.cursorId ?? list.rows[0]?.id)}
      selected={list.selected.has(row.id)}
      onSelect={list.select}
    />
  );
  return (
    <section aria-label={title} className="flex h-full min-w-0 flex-col bg-paper">
      <h1 className="sr-only">{title}</h1>
      {list.selected.size > 0 ? (
        <SelectionBar
          count={list.selected.size}
          onClose={inbox.close}
          onSnooze={inbox.snoozeTomorrow}
          onTake={inbox.take}
          onRead={inbox.toggleRead}
          onClear={list.clearSelection}
        />
      ) : (
        <ListHeader
          scope={scope}
          title={title}
          searchRef={inbox.searchRef}
          onDown={() => navigation.move(1)}
        />
      )}
      {list.isPending ? (
        <div aria-busy="true" aria-label={t("app.loading")}>
          {Array.from({ length: 8 }, (_, index) => (
            <RowSkeleton key={index} />
          ))}
        </div>
      ) : list.error !== null ? (
        <ErrorState error={list.error} onRetry={list.retry} />
      ) : list.rows.length === 0 ? (
        <EmptyList scope={scope} mailboxes={list.mailboxes} />
      ) : (
        <ConversationList
          rows={list.rows}
          scopeKey={list.scopeKey}
          cursorId={navigation.cursorId}
          alone={inbox.layout.single}
          hasMore={list.hasMore}
          loadingMore={list.loadingMore}
          onMore={list.loadMore}
          renderRow={renderRow}
        />
      )}
    </section>
  );
}
