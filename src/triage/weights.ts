/**
 * How the kinds of evidence weigh against one another, fitted by cross-validation on the taxonomy's examples.
 * They know no code by name but the few that the program itself needs, so that they hold for codes that a shop
 * adds.
 */
export const EVIDENCE = {
  /** Likeness to the examples. */
  model: 1.45,
  /** Sum of the cues, and steps: at least one, at least two. */
  cue: 0.67,
  cued: -0.4,
  strong: -0.43,
  /** Share of this code in all cues. */
  share: 1.14,
}

/** What is known of the post as a whole, in the order of the rows below. */
export const CIRCUMSTANCES = [
  'always',
  'negative',
  'positive',
  'asks',
  'under 4 words',
  'under 9 words',
  'no cue',
  'share of known features',
  'put right',
  'praise',
  'anger',
  'exclaims',
] as const

/** What the circumstances say for codes of a kind; plain complaints are the measure and have no row. */
export const KINDS: Record<string, number[]> = {
  none: [-0.39, -0.9, 0.05, -0.17, 1.35, 1.15, 0.22, -0.32, 0.04, -0.1, -0.55, 0.01],
  question: [-0.14, -0.52, -0.14, 0.04, -0.14, 0.58, -0.16, -0.13, -0.12, 0.18, -0.42, -0.04],
  wish: [0.11, -0.15, 0.2, -0.1, -0.26, 0.22, -0.07, -0.06, 0.04, 0.51, -0.24, 0.12],
  praise: [-0.17, -0.19, 0.79, -0.14, 0.12, 0.34, 0.24, -0.25, 0.31, 0.9, -0.38, 0.27],
  conduct: [-0.39, -0.28, -0.08, 0.18, 0.07, 0.67, 0.41, -0.23, 0.32, 0.11, 0.39, -0.09],
  grave: [0.51, 0.09, 0.06, -0.12, -0.09, -0.24, -0.34, -0.07, -0.02, -0.09, 0.07, -0.04],
  mixed: [-0.12, -0.31, -0.03, 0.31, -0.16, 0.3, -0.66, 0.31, -0.34, 0.03, -0.01, -0.05],
}

/** Chance that a further code applies; see `furtherChance`. */
export const FURTHER = [
  -3.82, 1.2, -1.68, -1.36, 0.28, -2.13, -0.21, -0.41, 1.09, 3.04, 0.95, -0.11, -1.8, 1.75, 0.44, 0.1, -0.28,
  0.51,
]
