/** The selection: numbers of photos, kept while filters change and photos leave the page; and the bar that acts on it. */

const KEY = "samples-chosen";

export const chosen = new Set(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));

/** Select or release photos; whoever shows them hears of it. */
export function choose(ids, on) {
  for (const id of ids) {
    if (on) chosen.add(id);
    else chosen.delete(id);
  }
  sessionStorage.setItem(KEY, JSON.stringify([...chosen]));
  show();
  document.dispatchEvent(new Event("chosen"));
}

export function release() {
  choose([...chosen], false);
}

/** The bar says how many, and is there only when there are some. */
export function show() {
  const bar = document.getElementById("chosen");
  if (!bar) return;
  bar.classList.toggle("some", chosen.size > 0);
  const say = document.getElementById("how-many");
  const words = chosen.size === 1 ? say.dataset.one : say.dataset.more;
  say.value = chosen.size ? words.replace("#", chosen.size.toLocaleString(document.documentElement.lang)) : "";
}

document.addEventListener("submit", (event) => {
  if (!["chosen", "to-set"].includes(event.target.id)) return;
  event.target.elements.samples.value = [...chosen].join(",");
  if (event.target.id === "to-set") return;
  const button = event.submitter;
  const to = new URL(button?.hasAttribute("formaction") ? button.formAction : event.target.action);
  if (to.pathname.startsWith(location.pathname)) to.search = location.search; // back to the same place
  if (button) button.formAction = to.href;
  if (button?.dataset.releases !== undefined) sessionStorage.removeItem(KEY);
});
document.addEventListener("reset", (event) => {
  if (event.target.id === "chosen") release();
});
