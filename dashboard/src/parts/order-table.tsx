import type { Order } from "../api/types.ts";
import { count, price } from "../format.ts";
import { hrefOf } from "../state/route.ts";
import { Blank } from "./blank.tsx";
import { StatusBadge } from "./status.tsx";
import { Time } from "./time.tsx";

interface Props {
  /** Absent while they are being read for the first time. */
  readonly orders?: readonly Order[];
  readonly isStale?: boolean;
}

/** Orders a row each. The roles are said because on a narrow screen the rows are laid out as cards. */
export function OrderTable({ orders, isStale = false }: Props) {
  return (
    <table class="orders" role="table" aria-labelledby="list-title" data-stale={isStale}>
      <thead role="rowgroup">
        <tr role="row">
          <Head name="Status" />
          <Head name="Item" />
          <Head name="Quantity" isNumber />
          <Head name="Price" isNumber />
          <Head name="Attempts" isNumber />
          <Head name="Created" />
          <Head name="Updated" />
          <Head name="Id" />
        </tr>
      </thead>
      <tbody role="rowgroup">{orders?.map((order) => <Row key={order.id} order={order} />) ?? placeholders}</tbody>
    </table>
  );
}

function Head({ name, isNumber = false }: { readonly name: string; readonly isNumber?: boolean }) {
  return (
    <th scope="col" role="columnheader" class={isNumber ? "number" : undefined}>
      {name}
    </th>
  );
}

function Row({ order }: { readonly order: Order }) {
  return (
    <tr role="row">
      <td role="cell" class="cell-status">
        <StatusBadge status={order.status} />
      </td>
      <td role="cell" class="cell-item">
        <a href={hrefOf({ page: "order", id: order.id })}>{order.item}</a>
        {order.reason !== undefined && <span class="cell-reason">{order.reason}</span>}
      </td>
      <td role="cell" class="number" data-label="Quantity">
        {count(order.quantity)}
      </td>
      <td role="cell" class="number" data-label="Price">
        {price(order.price)}
      </td>
      <td role="cell" class="number" data-label="Attempts">
        {order.attempt}
      </td>
      <td role="cell" data-label="Created">
        <Time at={order.createdAt} />
      </td>
      <td role="cell" data-label="Updated">
        <Time at={order.updatedAt} />
      </td>
      <td role="cell" class="cell-id">
        <code title={order.id}>…{order.id.slice(-12)}</code>
      </td>
    </tr>
  );
}

const placeholders = ["a", "b", "c", "d", "e", "f", "g", "h"].map((key, index) => (
  <tr key={key} role="row" class="placeholder">
    <td role="cell" colSpan={8}>
      <Blank text={index === 0 ? "Reading the orders" : ""} />
    </td>
  </tr>
));
