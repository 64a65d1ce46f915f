"use strict";
// Without this script the table is sorted by name.
for (const table of document.querySelectorAll("table.sorted")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const key = (row, at) => row.cells[at].dataset.key ?? row.cells[at].textContent;
  heads.forEach((head, at) => {
    if (head.textContent === "") {
      return;
    }
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.ariaSort === "ascending" ? -1 : 1;
      heads.forEach(each => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
      const order = new Intl.Collator(undefined, { numeric: true }).compare;
      const number = text => text.trim() !== "" && Number.isFinite(Number(text));
      body.append(...[...body.rows].sort((one, two) => {
        const a = key(one, at), b = key(two, at);
        return down * (number(a) && number(b) ? a - b : order(a, b));
      }));
    });
  });
}
