/** What a player does, step by step, in seconds: the state it is in and for how long. */
export type Step = [state: 's' | 'p' | 'r' | 'k' | 'a', seconds: number]

export interface PlayerSession {
  key: string
  orderId: string
  orderLineId: string
  /** What happens, for people who watch. */
  plot: string
  steps: Step[]
  /** `e`: it played to its end. `quit`: the page was left, no last word. `fatal`: it broke. */
  ends: 'e' | 'quit' | 'fatal'
  version: 1 | 2
  /** Nonsense mixed in between the reports. */
  garbage?: boolean
  /** How many lines go into one request. */
  batchSize: number
  bitrateKbps: number
}

const scrubbing: Step[] = Array.from({ length: 10 }, (_, i): Step[] => [
  ['p', 55 + i],
  ['a', 12 + 3 * i],
  ['k', 0.4],
  ['r', 1.1],
]).flat()

export const SESSIONS: PlayerSession[] = [
  {
    key: 'casablanca',
    orderId: 'ord_5001',
    orderLineId: 'ord_5001-1',
    plot: 'Laura pulls quotes from Casablanca: plays, stops, rewinds. The player stalls now and then. She complains to nobody.',
    steps: [
      ['s', 3.4],
      ['p', 210],
      ['r', 9.5],
      ['p', 95],
      ['a', 42],
      ['p', 60],
      ['k', 0.5],
      ['r', 0.9],
      ['p', 130],
      ['r', 12.2],
      ['p', 240],
      ['a', 75],
      ['k', 0.3],
      ['r', 0.7],
      ['p', 180],
      ['r', 18.6],
      ['p', 45],
      ['r', 14.1],
      ['p', 260],
      ['k', 0.4],
      ['r', 0.8],
      ['p', 150],
      ['r', 11.3],
      ['p', 90],
    ],
    ends: 'e',
    version: 2,
    batchSize: 1,
    bitrateKbps: 876,
  },
  {
    key: 'tokyo-story',
    orderId: 'ord_5002',
    orderLineId: 'ord_5002-1',
    plot: 'みさきさんの「東京物語」は何度も止まり、最後まで見ずにページを閉じた。',
    steps: [
      ['s', 6.8],
      ['p', 88],
      ['r', 14],
      ['p', 64],
      ['r', 21.5],
      ['p', 120],
      ['a', 30],
      ['p', 75],
      ['r', 17.2],
      ['p', 52],
      ['r', 26],
      ['p', 33],
    ],
    ends: 'quit',
    version: 2,
    batchSize: 4,
    bitrateKbps: 540,
  },
  {
    key: 'scrubbing',
    orderId: 'ord_5003',
    orderLineId: 'ord_5003-1',
    plot: 'Marcus studies the battle scenes: he pauses and seeks ten times. Nothing is wrong with the playback.',
    steps: [['s', 1.2], ...scrubbing, ['p', 240]],
    ends: 'e',
    version: 2,
    batchSize: 1,
    bitrateKbps: 4200,
  },
  {
    key: 'good',
    orderId: 'ord_5004',
    orderLineId: 'ord_5004-1',
    plot: '健一さんの「七人の侍」。一度も止まらない。',
    steps: [
      ['s', 0.9],
      ['p', 900],
      ['a', 180],
      ['p', 840],
    ],
    ends: 'e',
    version: 2,
    batchSize: 8,
    bitrateKbps: 5200,
  },
  {
    key: 'fatal',
    orderId: 'ord_5005',
    orderLineId: 'ord_5005-1',
    plot: 'Priya’s film never starts: the manifest does not load.',
    steps: [['s', 14]],
    ends: 'fatal',
    version: 2,
    batchSize: 1,
    bitrateKbps: 0,
  },
  {
    key: 'old-player',
    orderId: 'ord_5006',
    orderLineId: 'ord_5006-1',
    plot: '葵さんのテレビは CMCD v1 しか話せない。止まったことは分かるが、何秒止まったかは分からない。',
    steps: [
      ['s', 4],
      ['p', 120],
      ['r', 8],
      ['p', 200],
      ['r', 15],
      ['p', 160],
    ],
    ends: 'quit',
    version: 1,
    batchSize: 1,
    bitrateKbps: 3200,
  },
  {
    key: 'garbled',
    orderId: 'ord_5007',
    orderLineId: 'ord_5007-1',
    plot: 'Dan’s browser extension mangles every few reports; what gets through tells of a good evening.',
    steps: [
      ['s', 1.6],
      ['p', 400],
      ['a', 25],
      ['p', 300],
    ],
    ends: 'e',
    version: 2,
    garbage: true,
    batchSize: 1,
    bitrateKbps: 2600,
  },
  {
    key: 'one-hiccup',
    orderId: 'ord_5013',
    orderLineId: 'ord_5013-2',
    plot: 'Emily’s evening with Casablanca: one stall of three seconds in half an hour.',
    steps: [
      ['s', 1.4],
      ['p', 820],
      ['r', 3.1],
      ['p', 960],
    ],
    ends: 'e',
    version: 2,
    batchSize: 6,
    bitrateKbps: 3900,
  },
]
