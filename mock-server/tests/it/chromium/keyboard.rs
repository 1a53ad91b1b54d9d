//! A person without a mouse: that every control can be reached, in the order in which the page is
//! read, and that one sees where one is.

use std::fmt::Write as _;

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::tab::Tab;

/// Whatever a person can operate on the page, in its order; each gets a number.
const CONTROLS: &str = "
const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]';
const can = (e) => !e.disabled && e.checkVisibility({contentVisibilityAuto: false, visibilityProperty: true});
const found = [...document.querySelectorAll(all)].filter(can);
const name = (e) => e.tagName.toLowerCase() + (e.id && '#' + e.id) + ' ' +
  JSON.stringify((e.getAttribute('aria-label') || e.textContent || e.name || '').trim().slice(0, 50));
found.forEach((e, number) => e.dataset.tabstop = number);
return found.map(name);
";

/// Which control has the focus, and what is wrong with it as it is seen then.
const HERE: &str = "
const e = document.activeElement;
if (!e || e === document.body || e.dataset.tabstop === undefined) return null;
const style = getComputedStyle(e), wrong = [];
const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
if (!ring && style.boxShadow === 'none') wrong.push('no ring shows the focus');
const box = e.getBoundingClientRect();
const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 20)];
if (box.width < 1 || box.height < 1) wrong.push('it has no size');
else if (y < 0 || y >= innerHeight || x < 0 || x >= innerWidth) wrong.push('it is outside the window at ' + [x, y]);
else {
  const top = document.elementFromPoint(x, y);
  // Marks of one picture may lie over each other.
  const picture = top && e.ownerSVGElement && top.ownerSVGElement === e.ownerSVGElement;
  if (top && top !== e && !e.contains(top) && !top.contains(e) && !picture) wrong.push('it is covered by ' + top.tagName + '.' + top.className);
}
return {number: Number(e.dataset.tabstop), wrong};
";

impl Tab {
    /// Presses a key where the focus is.
    pub(crate) async fn key(&self, key: Key) {
        self.type_in(&key.to_string()).await;
    }

    pub(crate) async fn space(&self) {
        self.type_in(" ").await;
    }

    /// Goes through the page with the Tab key, and asserts that every control is reached, in the
    /// order of the page, and can be seen as the one that has the focus.
    pub(crate) async fn walk(&self, what: &str) {
        let Value::Array(names) = self.run(CONTROLS, &[]).await else { unreachable!() };
        let name = |number: usize| names[number].as_str().unwrap_or_default().to_owned();
        // From the top, whatever has the focus now.
        self.run("document.activeElement?.blur(); scrollTo(0, 0); getSelection().empty();", &[])
            .await;
        self.run("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')", &[]).await;
        let (mut wrong, mut reached) = (String::new(), Vec::<usize>::new());
        for _ in 0..=names.len() {
            self.cdp("Input.dispatchKeyEvent", json!({"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})).await;
            self.cdp(
                "Input.dispatchKeyEvent",
                json!({"type": "keyUp", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}),
            )
            .await;
            let here = self.run(HERE, &[]).await;
            // Past the last one the browser's own controls come, or the first one again.
            let Some(number) = here["number"].as_u64() else { break };
            let number = usize::try_from(number).unwrap();
            if reached.first() == Some(&number) {
                break;
            }
            if reached.last().is_some_and(|last| *last >= number) {
                let _ = writeln!(wrong, "{} comes after what stands behind it", name(number));
            }
            for problem in here["wrong"].as_array().into_iter().flatten() {
                let _ = writeln!(wrong, "{}: {}", name(number), problem.as_str().unwrap());
            }
            reached.push(number);
        }
        for number in (0..names.len()).filter(|number| !reached.contains(number)) {
            let _ = writeln!(wrong, "{} is not reached", name(number));
        }
        assert!(wrong.is_empty(), "{} {what}, {} controls:\n{wrong}", self.name(), names.len());
        assert!(!names.is_empty(), "{} {what}: there is something to operate", self.name());
    }
}
