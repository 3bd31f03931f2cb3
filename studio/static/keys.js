/** The keys of the grid. While a dialog is open or something is written, they are not its. */

const FAR = 40; // px a key moves the pictures
const OWN = [" ", "Enter", "ArrowUp", "ArrowDown"]; // of a button

/** What each key does on this desk. */
function table(desk) {
  const { pictures, view, row, column } = desk;
  const here = desk.contains(document.activeElement);
  const walk = (by, at = column) => {
    const to = here && by ? desk.beside(row, by) : row;
    if (to !== null) desk.go(to, here ? at : column);
  };
  const pan = (x, y) => desk.frame && view.pan([x * FAR, y * FAR], desk.frame);
  const photo = (event) => event.repeat || pictures.flip(true);
  return {
    " ": photo,
    x: photo,
    j: () => walk(1),
    k: () => walk(-1),
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    ArrowRight: () => walk(0, column + 1),
    ArrowLeft: () => walk(0, column - 1),
    "Shift ArrowDown": () => pan(0, -1),
    "Shift ArrowUp": () => pan(0, 1),
    "Shift ArrowRight": () => pan(-1, 0),
    "Shift ArrowLeft": () => pan(1, 0),
    "+": () => pictures.zoom("in"),
    "=": () => pictures.zoom("in"),
    "-": () => pictures.zoom("out"),
    0: () => pictures.zoom("fit"),
    1: () => pictures.zoom("native"),
    h: () => desk.heat(),
    g: () => desk.grid(),
    s: () => desk.surround(),
    "?": () => document.getElementById("all-keys").showModal(),
  };
}

export function keys(desk) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = event.target.closest("button, input, select, textarea, [popover]:popover-open, summary");
    if (own?.matches("input, select, textarea") || (own && OWN.includes(event.key))) return;
    const act = table(desk)[event.shiftKey && event.key.startsWith("Arrow") ? `Shift ${event.key}` : event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
  document.addEventListener("keyup", (event) => [" ", "x"].includes(event.key) && desk.pictures.flip(false));
  globalThis.addEventListener("blur", () => desk.pictures.flip(false));
}
