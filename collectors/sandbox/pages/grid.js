(function () {
  const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAP///////yH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
  const grid = document.querySelector(".islrc");
  const button = document.querySelector(".mye4qd");
  let count = 0;
  let next = button.dataset.next;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function result([, [, docid, [thumbnail], , , , , , , facts]]) {
    const [, , page, title] = facts["2003"];
    const img = make("img", { class: "rg_i Q4LuWd", jsname: "Q4LuWd", alt: title, src: google.ldi[docid] || BLANK });
    if (!google.ldi[docid]) img.dataset.src = thumbnail;
    return make("div", { class: "isv-r PNCib MSM1fd BUooTd", "data-ri": count, "data-id": docid },
      make("a", { class: "wXeWr islib" }, make("div", { class: "bRMDJf islir" }, img)),
      make("a", { class: "VFACy", href: page }, make("div", { class: "mVDMnf" }, title)));
  }

  function related() {
    return make("div", { class: "isv-r MSM1fd b0vFpe" }, make("h3", {}, "Related searches"));
  }

  function show(records) {
    for (const record of records) {
      if (grid.children.length % 25 === 24) grid.append(related());
      grid.append(result(record));
      count += 1;
    }
    button.hidden = !next;
    if (!next) document.querySelector(".OuJzKb").textContent = "Looks like you've reached the end";
  }

  button.addEventListener("click", async () => {
    button.hidden = true;
    const answer = await (await fetch(button.dataset.more + next)).text();
    const batch = JSON.parse(answer.slice(answer.indexOf("\n")));
    next = batch.next;
    show(batch.records);
  });

  show(google.data);
})();
