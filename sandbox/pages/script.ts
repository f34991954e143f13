/** The one script of the sandbox's pages: finds a persona as one types, and copies. Without it all is there, unfiltered. */

export const script = `
const root = document.documentElement;
root.classList.add("js");
const field = document.querySelector("[data-find]");
const entries = [...document.querySelectorAll("[data-entry]")];
const groups = [...document.querySelectorAll("[data-group]")];
const none = document.querySelector("[data-none]");
const openAtFirst = new Map(groups.map((group) => [group, group.open]));
function find() {
  const words = field.value.trim().toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    const text = (entry.dataset.entry + " " + entry.textContent).toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
    if (!entry.hidden) found += 1;
  }
  for (const group of groups) {
    group.hidden = group.querySelector("[data-entry]:not([hidden])") === null;
    if ("open" in group) group.open = words.length > 0 || openAtFirst.get(group);
  }
  if (none) none.hidden = found > 0;
}
if (field) {
  field.addEventListener("input", find);
  if (field.value !== "") find();
}
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button === null) return;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const text = document.createElement("textarea");
    text.value = button.dataset.copy;
    document.body.append(text);
    text.select();
    document.execCommand("copy");
    text.remove();
  }
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = label), 1500);
});
`;
