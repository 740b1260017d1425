/**
 * How the kinds of evidence weigh against one another, fitted by cross-validation on the taxonomy's examples.
 * They know no code by name but the few that the program itself needs, so that they hold for codes that a shop
 * adds.
 */
export const EVIDENCE = {
  /** Likeness to the examples. */
  model: 1.33,
  /** Sum of the cues, and steps: at least one, at least two. */
  cue: 0.56,
  cued: -0.53,
  strong: -0.61,
  /** Share of this code in all cues. */
  share: 1.12,
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
  none: [0.4, -0.61, 0.5, -0.29, 1.39, 0.25, 0.59, -0.36, 0.15, 0.01, -0.42, 0.42],
  question: [0.23, -0.43, -0.23, 0.28, -0.25, 0.35, -0.11, -0.19, -0.23, 0.11, -0.45, 0.18],
  wish: [0.03, -0.57, 0.4, -0.37, -0.37, 0.23, 0.07, -0.03, 0.1, 0.48, -0.4, 0.07],
  praise: [-0.32, -0.16, 0.18, -0.33, 0.4, 0.57, 0.18, -0.18, -0.08, 1.09, -0.42, -0.01],
  conduct: [-0.12, -0.33, -0.0, -0.09, 0.09, 0.71, 0.06, -0.12, 0.4, 0.17, 0.67, 0.09],
  grave: [0.4, 0.02, -0.04, -0.17, -0.09, -0.14, -0.2, -0.16, -0.03, -0.23, -0.09, -0.23],
  mixed: [-0.15, -0.42, 0.11, 0.15, -0.2, 0.34, -0.77, 0.35, -0.13, -0.07, -0.1, -0.1],
}

/** Chance that a further code applies; see `furtherChance`. */
export const FURTHER = [
  -2.89, 0.66, -0.9, -0.6, 0.26, -1.39, -0.63, -0.28, 1.04, 0.02, 0.45, -0.12, -2.92, 1.46, 0.9, 0.32, -0.41,
  0.32,
]
