interface Props {
  readonly from: number;
  readonly to: number;
  /** The order's whole life. */
  readonly span: { readonly from: number; readonly to: number };
}

/** When a step was within the order's life, to scale. Its times stand beside it in words. */
export function Bar({ from, to, span }: Props) {
  const whole = span.to - span.from;
  const left = (100 * (from - span.from)) / whole;
  const width = (100 * (to - from)) / whole;
  return (
    <svg class="bar" width="100%" height="6" aria-hidden="true">
      <rect class="bar-track" width="100%" height="6" rx="3" />
      {/* However short it was, it is seen. */}
      <rect class="bar-step" x={`${Math.min(left, 99.2)}%`} width={`${Math.max(width, 0.8)}%`} height="6" rx="2" />
    </svg>
  );
}
