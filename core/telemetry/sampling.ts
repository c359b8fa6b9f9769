const randomBits = 2 ** 56;

/**
 * Decides by an order's id alone whether it is traced, so that all processes decide alike without any talk: W3C Trace
 * Context level 2, "Random Trace ID Flag", and OpenTelemetry's consistent probability sampling. An order is traced when
 * the last 7 bytes of its id, as a number, are at least (1 - share) * 2^56.
 *
 * @param share of orders that are traced, from 0 to 1
 * @returns takes ids in lower case: an order that is not traced costs this comparison of texts
 */
export function samplerOf(share: number): (orderId: string) => boolean {
  if (share >= 1) return () => true;
  const threshold = Math.ceil((1 - share) * randomBits);
  if (threshold >= randomBits) return () => false;
  const digits = BigInt(threshold).toString(16).padStart(14, "0");
  // As they stand in the id: …-xxTT-TTTTTTTTTTTT.
  const least = `${digits.slice(0, 2)}-${digits.slice(2)}`;
  return (orderId) => orderId.slice(21) >= least;
}
