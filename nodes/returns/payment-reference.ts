/**
 * Whether a text holds what may be the number of a payment card: 13 to 19 digits, blanks and hyphens between them, with the
 * check digit that every card has (ISO/IEC 7812). Such a text is never stored, sent or shown: what refers to a payment is
 * an opaque id.
 */
export function looksLikeCardNumber(text: string): boolean {
  const runs = text.match(/\d(?:[ -]?\d){12,}/g) ?? [];
  return runs.some((run) => {
    const digits = run.replace(/[ -]/g, '');
    return digits.length <= 19 && checkDigitFits(digits);
  });
}

function checkDigitFits(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
