/** In the place of a chart that has nothing to show yet: a rate takes two looks. */
export function Measuring({ size = "high" }: { readonly size?: "high" | "low" }) {
  return <p class={`measuring ${size}`}>measuring …</p>;
}
