// e^v and log v in the vocabulary of `vector.h`, which includes this file once for each kind of
// multiply-add. Expects: VF_NAMED (the names), VF_MULTIPLY_ADD.

// e^v. Relative error below 2 ulp; saturates to e^±87 beyond ±87, so that a result is always a
// normal number. Coefficients: weighted minimax of (e^r - 1 - r) / r^2 on |r| <= ln(2)/2.
VINLINE vf VF_NAMED(exp)(vf v) {
  v = vf_min(vf_max(v, (vf)-87.0f), (vf)87.0f);
  vf n = vf_round(v * (vf)1.44269504f);
  vf r = VF_MULTIPLY_ADD(n, (vf)-0.693359375f, v);
  r = VF_MULTIPLY_ADD(n, (vf)2.12194440e-4f, r);
  vf p = (vf)1.3814596459e-3f;
  p = VF_MULTIPLY_ADD(p, r, (vf)8.3687175065e-3f);
  p = VF_MULTIPLY_ADD(p, r, (vf)4.1668388993e-2f);
  p = VF_MULTIPLY_ADD(p, r, (vf)0.16666521132f);
  p = VF_MULTIPLY_ADD(p, r, (vf)0.49999994040f);
  p = VF_MULTIPLY_ADD(p * r, r, r) + (vf)1.0f;
  return p * vf_from_bits((vf_to_int(n) + 127) << 23);
}

// Natural logarithm of a positive normal number; smaller ones count as the smallest normal.
// Relative error below 2 ulp away from 1, absolute below 1e-7 near it. Coefficients: minimax of
// (log(1+f) - f + f^2/2) / f^3 for 1+f between sqrt(1/2) and sqrt(2).
VINLINE vf VF_NAMED(log)(vf v) {
  v = vf_max(v, (vf)1.17549435e-38f);
  vi bits = vf_bits(v) - 0x3f3504f3;  // relative to sqrt(1/2), so that the mantissa is centred
  vf exponent = vf_from_int(bits >> 23);
  vf f = vf_from_bits((bits & 0x7fffff) + 0x3f3504f3) - (vf)1.0f;
  vf p = (vf)-7.6344296336e-2f;
  p = VF_MULTIPLY_ADD(p, f, (vf)0.12761549652f);
  p = VF_MULTIPLY_ADD(p, f, (vf)-0.13160194457f);
  p = VF_MULTIPLY_ADD(p, f, (vf)0.14201761782f);
  p = VF_MULTIPLY_ADD(p, f, (vf)-0.16623356938f);
  p = VF_MULTIPLY_ADD(p, f, (vf)0.20001226664f);
  p = VF_MULTIPLY_ADD(p, f, (vf)-0.25000822544f);
  p = VF_MULTIPLY_ADD(p, f, (vf)0.33333331347f);
  vf square = f * f;
  vf log1p = VF_MULTIPLY_ADD(p * square, f, VF_MULTIPLY_ADD(square, (vf)-0.5f, f));
  return VF_MULTIPLY_ADD(exponent, (vf)0.693147181f, log1p);
}
