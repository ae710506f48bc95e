/** A share for people: `98.3 %`. Rounded down: what is not all is never shown as 100 %. */
export function rateText(rate: number): string {
  return `${Math.floor(rate * 1000) / 10} %`;
}
