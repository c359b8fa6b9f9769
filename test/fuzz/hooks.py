"""What JSON Schema cannot say of a valid order, and what cannot be said of one request alone."""

import hashlib
import re

import schemathesis


@schemathesis.hook
def map_body(context, body):
    """Makes each order of the body one that is valid beyond its schema."""
    if not isinstance(body, dict):
        return body
    batch = body.get("orders")
    for order in [body, *(batch if isinstance(batch, list) else [])]:
        if isinstance(order, dict):
            mend(order)
    return body


def mend(order):
    # A price is written with at most two decimals; multiples of 0.01 are off by a bit as doubles.
    if isinstance(order.get("price"), float):
        order["price"] = round(order["price"], 2)
    # A time is at most a year ahead.
    run_at = order.get("runAt")
    if isinstance(run_at, str) and re.match(r"\d{4}-", run_at, re.ASCII) and run_at[:4] > "2025":
        order["runAt"] = f"20{int(run_at[2:4]) % 5 * 4:02}{run_at[4:]}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """A key stands for one order: without this the few keys that are tried would stand for many."""
    # A request that is wrong on purpose stays as it is.
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) < 200:
        headers["Idempotency-Key"] = f"{key}-{hashlib.sha256(repr(case.body).encode()).hexdigest()[:32]}"
