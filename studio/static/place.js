/** Where one looks, kept in the address: row, column, zoom of the viewer, surround. */

const query = () => new URLSearchParams(location.search);

export const number = (name) => {
  const text = query().get(name);
  return text === null || !Number.isFinite(Number(text)) ? null : Number(text);
};

export const word = (name) => query().get(name) ?? "";

/** Set or, with null, remove parts of the address without a new entry in the history. */
export function keep(parts) {
  const next = query();
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}
