// The script of a report's page: filters, sorting, and the details of places. It's text, so that no build changes it. It makes
// text nodes only, and never markup.
export const script = (): string =>
  String.raw`
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { accounts, names, regions, strings, outcomes, geometry: g } = data;
  const kinds = ["Done", "Found", "Unchanged", "Refused"];
  const $ = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const number = (value) => value.toLocaleString("en-US");

  // A place: where it is, its outcome, its failure, and its items as three numbers each.
  const places = data.places.map(([a, r, outcome, failure, items]) => {
    const counts = [0, 0, 0, 0];
    for (let i = 1; i < items.length; i += 3) counts[items[i]]++;
    return { a, r, outcome, failure, items, counts, number: items.length / 3, text: undefined };
  });
  const at = new Map(places.map((place) => [place.a * regions.length + place.r, place]));
  const account = (place) => accounts[place.a] || "(no account)";
  const region = (place) => regions[place.r] || "(no region)";
  const note = ({ counts, failure, items }) => {
    if (failure >= 0) return strings[failure];
    for (let i = 0; i < items.length; i += 3) {
      if (items[i + 1] !== 3) continue;
      const why = items[i + 2] < 0 ? "refused, without a reason" : strings[items[i + 2]];
      return strings[items[i]] + ": " + why + (counts[3] > 1 ? " (and " + number(counts[3] - 1) + " more)" : "");
    }
    return "";
  };
  // The details have all of it.
  const cut = (text) => text.length > data.cut ? text.slice(0, data.cut) + "…" : text;
  const describe = (place) =>
    account(place) + (names[place.a] ? " (" + names[place.a] + ")" : "") + ", " + region(place) + ": " +
    data.words[place.outcome] + (place.items.length ? ". " + kinds.flatMap((kind, i) => place.counts[i]
    ? [number(place.counts[i]) + " " + kind.toLowerCase()] : []).join(", ") : "");

  // The mark of an outcome is in the page already, in the key of the picture.
  const mark = (outcome) => {
    const element = make("span", "mark");
    element.append($("key-" + outcome).cloneNode(true), make("span", "", outcome));
    element.firstChild.removeAttribute("id");
    return element;
  };

  // Filters.
  const haystack = (place) => place.text ??= [account(place), names[place.a], region(place), outcomes[place.outcome],
    place.failure < 0 ? "" : strings[place.failure],
    ...place.items.map((value, i) => i % 3 === 1 || value < 0 ? "" : strings[value])].join("\n").toLowerCase();
  const form = $("filters");
  let shown = places;
  const filter = () => {
    const { outcome, account: a, region: r, text } = form.elements;
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = outcome.value === "" ? outcomes : outcome.value === "Problems" ? ["Failed", "Refused"] : [outcome.value];
    shown = places.filter((place) =>
      wanted.includes(outcomes[place.outcome]) && (a.value === "" || place.a === Number(a.value)) &&
      (r.value === "" || place.r === Number(r.value)) && words.every((word) => haystack(place).includes(word)));
    veil();
    limit = 100;
    sort();
  };
  const veil = () => {
    const visible = new Set(shown);
    let path = "";
    if (shown.length < places.length) {
      for (const place of places) {
        if (!visible.has(place)) path += "M" + x(place) + " " + (y(place) + g.cell / 2) + "h" + g.cell;
      }
    }
    $("veil").setAttribute("stroke-width", g.cell + 1);
    $("veil").setAttribute("d", path);
  };
  for (const [name, labels] of [["account", accounts.map((id, i) => (id || "(no account)") + (names[i] ? " " + names[i] : ""))],
    ["region", regions.map((id) => id || "(no region)")]]) {
    for (const [i, label] of labels.entries()) {
      const option = make("option", "", label);
      option.value = i;
      form.elements[name].append(option);
    }
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  for (const button of document.querySelectorAll("button[data-text]")) {
    button.addEventListener("click", () => {
      form.reset();
      form.elements.text.value = button.dataset.text;
      setTimeout(() => {
        filter();
        $("places").scrollIntoView();
      });
    });
  }

  // The table.
  const keys = {
    account: (place) => place.a,
    name: (place) => names[place.a],
    region: (place) => place.r,
    outcome: (place) => place.outcome,
    items: (place) => place.number,
    done: (place) => place.counts[0],
    found: (place) => place.counts[1],
    unchanged: (place) => place.counts[2],
    refused: (place) => place.counts[3],
    why: note
  };
  let order = { by: "outcome", up: true };
  let limit = 100;
  const sort = () => {
    const key = keys[order.by];
    const sign = order.up ? 1 : -1;
    const keyed = shown.map((place) => [key(place), place]);
    keyed.sort(([a, p], [b, q]) => (a < b ? -1 : a > b ? 1 : 0) * sign || p.a - q.a || p.r - q.r);
    shown = keyed.map(([, place]) => place);
    for (const head of document.querySelectorAll("#table thead th")) {
      if (head.dataset.by === order.by) head.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    fill();
  };
  const row = (place) => {
    const tr = make("tr");
    const head = make("th", "id");
    head.scope = "row";
    const button = make("button", "link", account(place));
    button.type = "button";
    button.addEventListener("click", () => open(place));
    head.append(button);
    const outcome = make("td");
    outcome.append(mark(outcomes[place.outcome]));
    tr.append(head, make("td", "name", names[place.a]), make("td", "id", region(place)), outcome,
      ...[place.number, ...place.counts].map((value) => make("td", "number wide", number(value))),
      make("td", "why wide", cut(note(place))));
    return tr;
  };
  const fill = () => {
    $("rows").replaceChildren(...shown.slice(0, limit).map(row));
    $("count").textContent = number(shown.length) + " of " + number(places.length) + " places" +
      (shown.length > limit ? ", the first " + number(limit) + " are shown" : "");
    $("more").hidden = shown.length <= limit;
  };
  for (const head of document.querySelectorAll("#table thead th")) {
    head.firstElementChild.addEventListener("click", () => {
      const { by } = head.dataset;
      // Numbers begin with the highest.
      order = { by, up: order.by === by ? !order.up : !["items", "done", "found", "unchanged", "refused"].includes(by) };
      sort();
    });
  }
  $("next").addEventListener("click", () => { limit += 200; fill(); });
  $("all").addEventListener("click", () => { limit = Infinity; fill(); });
  addEventListener("beforeprint", () => {
    const before = limit;
    limit = Math.max(limit, 300);
    fill();
    limit = before;
  });
  addEventListener("afterprint", fill);

  // Details.
  const dialog = $("details");
  const open = (place) => {
    $("details-title").textContent = account(place) + (names[place.a] ? " " + names[place.a] : "") + ", " + region(place);
    const body = $("details-body");
    const summary = make("p");
    summary.append(mark(outcomes[place.outcome]));
    body.replaceChildren(summary);
    if (place.failure >= 0) body.append(make("p", "failure", strings[place.failure]));
    if (place.items.length === 0) {
      if (place.failure < 0) body.append(make("p", "muted", "Nothing was found here."));
    } else {
      const list = [];
      for (let i = 0; i < place.items.length; i += 3) list.push(place.items.slice(i, i + 3));
      list.sort((a, b) => b[1] - a[1]);
      const table = make("table");
      const head = make("tr");
      for (const title of ["What", "Outcome", "Why"]) {
        const th = make("th", "", title);
        th.scope = "col";
        head.append(th);
      }
      const thead = make("thead");
      thead.append(head);
      const tbody = make("tbody");
      for (const [what, outcome, why] of list) {
        const tr = make("tr");
        const td = make("td");
        td.append(mark(kinds[outcome]));
        tr.append(make("td", "what", strings[what]), td, make("td", "why", why < 0 ? "" : strings[why]));
        tbody.append(tr);
      }
      table.append(thead, tbody);
      body.append(table);
    }
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  $("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // The picture: pointer and keyboard.
  const x = ({ a, r }) => Math.floor(a / g.rows) * g.blockWidth + g.left + r * g.pitch;
  const y = ({ a }) => g.top + (a % g.rows) * g.pitch;
  const picture = $("picture");
  const svg = picture.querySelector("svg");
  const tip = $("tip");
  let current;
  const point = (place, speak) => {
    current = place;
    const cursor = $("cursor");
    cursor.setAttribute("visibility", place ? "visible" : "hidden");
    tip.hidden = !place;
    if (!place) return;
    cursor.setAttribute("x", x(place) - 1);
    cursor.setAttribute("y", y(place) - 1);
    tip.textContent = describe(place);
    const right = x(place) + 380 > Math.max(g.width, picture.parentElement.clientWidth);
    tip.style.left = right ? "auto" : x(place) + g.pitch + 14 + "px";
    tip.style.right = right ? g.width - x(place) + 20 + "px" : "auto";
    tip.style.top = Math.max(0, y(place) - 4) + "px";
    if (speak) {
      $("where").textContent = describe(place);
      const scroll = picture.parentElement;
      const [left, top] = [x(place) + 10, y(place) + 10];
      if (left < scroll.scrollLeft || left > scroll.scrollLeft + scroll.clientWidth - 30) scroll.scrollLeft = left - 60;
      if (top < scroll.scrollTop || top > scroll.scrollTop + scroll.clientHeight - 30) scroll.scrollTop = top - 60;
    }
  };
  const find = (event) => {
    const box = svg.getBoundingClientRect();
    const left = (event.clientX - box.left) * g.width / box.width;
    const top = (event.clientY - box.top) * g.height / box.height - g.top;
    const block = Math.floor(left / g.blockWidth);
    const r = Math.floor((left - block * g.blockWidth - g.left) / g.pitch);
    const row = Math.floor(top / g.pitch);
    if (r < 0 || r >= regions.length || row < 0 || row >= g.rows) return undefined;
    return at.get((block * g.rows + row) * regions.length + r);
  };
  picture.addEventListener("pointermove", (event) => {
    const place = find(event);
    if (place !== current) point(place, false);
  });
  picture.addEventListener("pointerleave", () => point(undefined, false));
  picture.addEventListener("click", (event) => {
    const place = find(event);
    if (place) open(place);
  });
  const next = (place, a, r) => {
    // Beyond places that don't exist, to the next one in the same direction.
    for (let i = place.a + a, j = place.r + r; i >= 0 && i < accounts.length && j >= 0 && j < regions.length; i += a, j += r) {
      const found = at.get(i * regions.length + j);
      if (found) return found;
    }
    return place;
  };
  picture.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || places.length === 0) return;
    const place = current || places[0];
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (step) point(current ? next(place, ...step) : place, true);
    else if (event.key === "Home") point(places[0], true);
    else if (event.key === "End") point(places[places.length - 1], true);
    else if (event.key === "Enter" || event.key === " ") open(place);
    else if (event.key === "Escape") point(undefined, false);
    else return;
    event.preventDefault();
  });
  picture.addEventListener("blur", () => point(undefined, false));

  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  filter();
})();
`
