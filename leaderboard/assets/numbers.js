"use strict";
/** Write a number with so many digits; what rounds to zero has no sign. */
const fixed = (value, digits) => (Number(value.toFixed(digits)) + 0).toFixed(digits);
