(function () {
  const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAP///////yH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
  const CARD = "eA0Zlc WghbWd FnEtTd mkpRId m3LIae RLdvSe qyKxnc ivg-i PZPZlf GMCzAd";
  const NEAR = 1200;
  const grid = document.querySelector(".jFk0f");
  const status = document.getElementById("botstuff");
  let count = 0;
  let next = status.dataset.next;
  let loading = false;

  // Thumbnails whose address stands nowhere on the page until they come into view.
  const bare = new Map();

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        target.src = target.dataset.src || bare.get(target);
        seen.unobserve(target);
      }
    }
  }, { rootMargin: "600px" });

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function picture(docid, thumbnail, title) {
    const img = make("img", { id: "dimg_" + count++, class: "YQ4gaf", alt: title, src: google.ldi[docid] || BLANK });
    if (!google.ldi[docid]) {
      if (google.b) bare.set(img, thumbnail);
      else img.dataset.src = thumbnail;
      seen.observe(img);
    }
    return img;
  }

  function card([, [, docid, [thumbnail], [full, height, width], , , colour, , , facts]]) {
    const [, reference, page, title] = facts["2003"];
    const link = make("a", { tabindex: "0" }, make("div", { class: "H8Rx8c" },
      make("g-img", { class: "mNsIhb" }, picture(docid, thumbnail, title))));
    // As on the real page, the address of the full picture stands on no link until somebody wants it.
    link.addEventListener("click", () => location.assign(full));
    const source = make("a", { class: "EZAeBe", href: page },
      make("div", { class: "guK6bf" }, facts["2000"][1] || ""), make("div", { class: "OSrXXb" }, title));
    const box = make("div", { jsname: "dTDiAc", class: CARD, "data-attrid": "images universal", "data-docid": docid,
      "data-ivep": "true", "data-lpage": page, "data-ref-docid": reference }, make("h3", {}, link), source);
    box.style.setProperty("--ratio", Math.min(Math.max(width / height, 0.6), 2.5));
    box.style.setProperty("--colour", colour);
    return box;
  }

  function records() {
    if (google.b) return JSON.parse(atob(google.b));
    if (google.m) return Object.values(google.m);
    // Every record stands there twice.
    return Object.values(JSON.parse(google.pmc)).filter((_, number) => number % 2 === 0);
  }

  function answered() {
    const dialog = document.getElementById("CXQnmb");
    return !dialog || dialog.style.display === "none";
  }

  function show() {
    grid.append(...records().map(card));
    status.textContent = next ? "" : "Looks like you've reached the end";
  }

  async function grow() {
    if (loading || !next || !answered() || innerHeight + scrollY < document.body.scrollHeight - NEAR) return;
    loading = true;
    try {
      const answer = await (await fetch(status.dataset.more + next)).text();
      const batch = JSON.parse(answer.slice(answer.indexOf("\n")));
      next = batch.next;
      document.body.append(make("script", {}, batch.script));
      show();
    } finally {
      loading = false;
    }
    grow();
  }

  show();
  addEventListener("scroll", grow);
  addEventListener("resize", grow);
  grow();
})();
