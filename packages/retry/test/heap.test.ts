import { array, assert as check, integer, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { Heap, type HeapItem } from "../src/heap.ts";

interface Due extends HeapItem {
  readonly dueMs: number;
  readonly order: number;
}

const dues = array(integer({ min: 0, max: 20 }), { maxLength: 60 });

function drain(heap: Heap<Due>): Due[] {
  const items: Due[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item);
  return items;
}

function due(dueMs: number, order: number): Due {
  return { dueMs, order, position: -1 };
}

function isBefore(a: Due, b: Due): boolean {
  return byDue(a, b) < 0;
}

function byDue(a: Due, b: Due): number {
  return a.dueMs - b.dueMs || a.order - b.order;
}

test("what comes out is in order, equal times as they came", () => {
  check(
    property(dues, (times) => {
      const heap = new Heap<Due>(isBefore);
      const items = times.map(due);
      for (const item of items) heap.push(item);
      expect(heap.size).toBe(items.length);
      expect(drain(heap)).toEqual(items.sort(byDue));
      expect(heap.peek()).toBeUndefined();
    }),
  );
});

test("the order holds between pushes and pops", () => {
  check(
    property(dues, dues, nat(70), (first, second, taken) => {
      const heap = new Heap<Due>(isBefore);
      const model: Due[] = [];
      const push = (dueMs: number, order: number): void => {
        const item = due(dueMs, order);
        heap.push(item);
        model.push(item);
      };
      first.forEach((dueMs, order) => push(dueMs, order));
      for (let count = 0; count < taken; count += 1) {
        model.sort(byDue);
        expect(heap.pop()).toEqual(model.shift());
      }
      second.forEach((dueMs, order) => push(dueMs, 1000 + order));
      expect(drain(heap)).toEqual(model.sort(byDue));
    }),
  );
});

test("any item can be taken out of the middle", () => {
  check(
    property(dues, array(nat(100), { maxLength: 60 }), (times, picks) => {
      const heap = new Heap<Due>(isBefore);
      const model = times.map(due);
      for (const item of model) heap.push(item);
      for (const pick of picks.slice(0, model.length)) {
        const [item] = model.splice(pick % model.length, 1);
        heap.remove(item as Due);
        expect(item?.position).toBe(-1);
      }
      expect(heap.size).toBe(model.length);
      expect(drain(heap)).toEqual(model.sort(byDue));
    }),
  );
});

test("taking out what is not in it is a programmer error", () => {
  const heap = new Heap<Due>(isBefore);
  heap.push(due(1, 1));
  expect(() => heap.remove(due(1, 1))).toThrow("not in this heap");
  expect(heap.size).toBe(1);
});
