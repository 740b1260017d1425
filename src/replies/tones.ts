/** How a text speaks; `tones` of tone.yaml says what that takes. */
export const TONES = ['apology', 'care', 'thanks', 'plain'] as const
export type ReplyTone = (typeof TONES)[number]
