"""What the browser keeps is limited: sessions, bytes, days and quota."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

STORE = """async ([limits, script]) => {
    const loaded = performance.getEntriesByType('resource').map((one) => one.name);
    const { Store } = await import(loaded.find((name) => name.endsWith('recovery/store.mjs')));
    indexedDB.deleteDatabase('sam-studio-test');
    const factory = { open: (name, version) => indexedDB.open('sam-studio-test', version) };
    let time = 0;
    const store = new Store({ factory, limits, now: () => time++ });
    const run = new Function('store', 'later', `return (${script})(store, later)`);
    const result = await run(store, (ms) => (time += ms));
    store.close();
    indexedDB.deleteDatabase('sam-studio-test');
    return result;
}"""


@pytest.mark.parametrize(
    ("limits", "script", "expected"),
    [
        (
            {"sessions": 9, "bytes": 9, "ms": 99},
            """async (store) => {
                const none = { files: new Set(), masks: new Set() };
                const used = { files: new Set(['a']), masks: new Set(['m']) };
                const b = new Blob(['b']);
                const masked = { ...none, masks: used.masks };
                await store.save('x', { bytes: 1 }, new Map([['a', new Blob(['one'])], ['b', b]]), new Map(), used);
                await store.save('y', { bytes: 1 }, new Map(), new Map([['m', 'other']]), masked);
                await store.save('x', { bytes: 1, page: 2 }, new Map(), new Map([['m', 'counts']]), used);
                const { entry, files, masks } = await store.load('x');
                return [entry.page, [...files.keys()], await files.get('a').text(), [...masks], await store.load('z')];
            }""",
            [2, ["a"], "one", [["m", "counts"]], None],
        ),
        (
            {"sessions": 2, "bytes": 99, "ms": 99},
            """async (store) => {
                const none = { files: new Set(), masks: new Set() };
                for (const id of 'abcd') await store.save(id, { bytes: 1 }, new Map(), new Map(), none);
                return (await store.list()).map((one) => one.id);
            }""",
            ["d", "c"],
        ),
        (
            {"sessions": 9, "bytes": 10, "ms": 99},
            """async (store) => {
                const none = { files: new Set(), masks: new Set() };
                for (const id of 'abcd') await store.save(id, { bytes: 4 }, new Map(), new Map(), none);
                return (await store.list()).map((one) => one.id);
            }""",
            ["d", "c"],
        ),
        (
            {"sessions": 9, "bytes": 99, "ms": 50},
            """async (store, later) => {
                const none = { files: new Set(), masks: new Set() };
                const file = { files: new Set(['f']), masks: new Set() };
                await store.save('a', { bytes: 4 }, new Map([['f', new Blob(['x'])]]), new Map(), file);
                later(60);
                await store.save('b', { bytes: 4 }, new Map(), new Map(), none);
                await store.save('a', { bytes: 4 }, new Map(), new Map(), file);
                return [(await store.list()).map((one) => one.id), (await store.load('a')).files.size];
            }""",
            [["a", "b"], 0],
        ),
        (
            {"sessions": 9, "bytes": 99, "ms": 99},
            """async (store) => {
                const none = { files: new Set(), masks: new Set() };
                await store.save('old', { bytes: 1 }, new Map(), new Map(), none);
                await store.save('new', { bytes: 1 }, new Map(), new Map(), none);
                const put = IDBObjectStore.prototype.put;
                let full = 1;
                IDBObjectStore.prototype.put = function (...given) {
                    if (full-- > 0) throw new DOMException('full', 'QuotaExceededError');
                    return put.apply(this, given);
                };
                await store.save('new', { bytes: 2 }, new Map(), new Map(), none);
                full = 2;
                const failed = await store.save('new', { bytes: 3 }, new Map(), new Map(), none).catch((e) => e.name);
                IDBObjectStore.prototype.put = put;
                return [(await store.list()).map((one) => [one.id, one.bytes]), failed];
            }""",
            [[["new", 2]], "QuotaExceededError"],
        ),
    ],
    ids=["parts", "sessions", "bytes", "days", "quota"],
)
def test_the_store_keeps_so_much_and_no_more(visit, limits, script, expected):
    assert visit().page.evaluate(STORE, [limits, script]) == expected
