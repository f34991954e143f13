/** The inbox. */
export function InboxPage() {
  return <div />;
}
