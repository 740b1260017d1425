export { type AndonWatch, createAndonWatch, type ThingBook } from './keep-watch.ts'
export { pullCord, resumeCord } from './pull-cord.ts'
export { type SelfPullRule, selfPull } from './self-pull.ts'
export { type CordTarget, sendCordMessage } from './send-cord-message.ts'
