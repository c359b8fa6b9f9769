/** In the place of what is not known yet. */
export function Blank({ text = "Not known yet" }: { readonly text?: string }) {
  return (
    <>
      <span class="blank" aria-hidden="true" />
      <span class="unseen">{text}</span>
    </>
  );
}
