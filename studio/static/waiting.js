/** While pictures are made: the tab's title counts, and who asked for it is told of the end. */

const title = document.title;
let asked = false;
let working = false;

function count() {
  const bar = document.querySelector("#progress progress");
  document.title = bar ? `${bar.value}/${bar.max} · ${title}` : title;
  if (working && !bar && asked) tell();
  working = Boolean(bar);
  offer();
}

function tell() {
  asked = false;
  const said = document.querySelector("#progress [role='status']")?.textContent.replaceAll(/\s+/g, " ").trim();
  const note = new Notification(title, { body: said, tag: location.pathname });
  note.addEventListener("click", () => globalThis.focus());
}

/** The button is there only where the browser can tell, and says what was chosen. */
function offer() {
  const button = document.querySelector("[data-tell]");
  if (!button) return;
  button.hidden = !globalThis.Notification || Notification.permission === "denied";
  button.setAttribute("aria-pressed", String(asked));
}

document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-tell]")) return;
  asked = !asked && (await Notification.requestPermission()) === "granted";
  offer();
});
document.addEventListener("htmx:after:swap", count);
count();
