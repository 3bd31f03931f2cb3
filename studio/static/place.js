/** Where one looks, kept in the address: row, column, mode, zoom and place in the pictures, surround. */

const query = () => new URLSearchParams(location.search);

export const number = (name) => {
  const text = query().get(name);
  return text === null || !Number.isFinite(Number(text)) ? null : Number(text);
};

export const word = (name) => query().get(name) ?? "";

function changed(parts) {
  const next = query();
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === "" || value === false) next.delete(name);
    else next.set(name, value === true ? "1" : String(value));
  }
  const text = next.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : location.pathname;
}

/** Set or, with null, remove parts of the address without a new entry in the history. */
export const keep = (parts) => history.replaceState(history.state, "", changed(parts));

/** The same with a new entry: “back” undoes it. */
export const enter = (parts) => history.pushState({ entered: true }, "", changed(parts));

/** Undo what `enter` did: by going back where we came from, else by changing the address. */
export function leave(parts) {
  if (history.state?.entered) history.back();
  else keep(parts);
}
