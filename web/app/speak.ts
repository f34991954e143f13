/** Changes the language of the page; a person who is signed in is spoken to in it everywhere, by the server too. */
import { updateMe } from "../api/gen/client.ts";
import { changeLanguage, type Language } from "./i18n.ts";
import { queryClient } from "./query-client.ts";
import { sessionQuery } from "./session.ts";

/** Never throws: this page speaks it already; the server learns it when it can be told. */
export async function speak(next: Language): Promise<void> {
  await changeLanguage(next);
  const session = queryClient.getQueryData(sessionQuery.queryKey);
  if (session?.user == null) return;
  try {
    await updateMe({ language: next });
  } catch {
    return;
  }
  // Findings and log lines are worded by the server.
  await queryClient.invalidateQueries();
}
