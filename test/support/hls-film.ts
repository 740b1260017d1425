import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SHARED_DATA } from './triage-cache.ts'

/** Where ffmpeg is on this machine; null where there is none. */
export function findFfmpeg(): string | null {
  const places = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'ffmpeg'))
  return places.find((place) => existsSync(place)) ?? null
}

const FILM_SECONDS = 40
/** Bytes a second that the smallest variant needs to play without stalling. */
export const SMALLEST_BYTES_PER_SECOND = 56_000

const rate = (stream: number, kbps: number) =>
  ['b', 'minrate', 'maxrate', 'bufsize'].flatMap((name) => [`-${name}:v:${stream}`, `${kbps}k`])

/** A test picture and a tone in two variants of constant bitrate, cut every two seconds. */
const ARGUMENTS = [
  ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
  ...['-f', 'lavfi', '-i', `testsrc=size=480x270:rate=15:duration=${FILM_SECONDS}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=220:sample_rate=44100:duration=${FILM_SECONDS}`],
  ...['-filter_complex', '[0:v]split=2[large][copy];[copy]scale=240:136[small]'],
  ...['-map', '[small]', '-map', '1:a', '-map', '[large]', '-map', '1:a'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p'],
  ...['-g', '30', '-keyint_min', '30', '-sc_threshold', '0', '-x264-params', 'nal-hrd=cbr'],
  ...[...rate(0, 400), ...rate(1, 900)],
  ...['-c:a', 'aac', '-b:a', '48k', '-ac', '1'],
  ...['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
  ...['-hls_flags', 'independent_segments', '-master_pl_name', 'master.m3u8'],
  ...['-var_stream_map', 'v:0,a:0,name:small v:1,a:1,name:large', '-hls_fmp4_init_filename', 'init.mp4'],
  ...['-hls_segment_filename', '%v/%03d.m4s', '%v/index.m3u8'],
]

/**
 * The folder of a small HLS film, made with ffmpeg where this machine has not made it yet (about a second).
 * @throws where there is no ffmpeg
 */
export async function hlsFilm(): Promise<string> {
  const version = createHash('sha256').update(ARGUMENTS.join(' ')).digest('hex').slice(0, 12)
  const folder = join(SHARED_DATA, `film-${version}`)
  if (existsSync(folder)) return folder
  const ffmpeg = findFfmpeg()
  if (!ffmpeg) throw new Error('no ffmpeg to make the test film with (Debian: apt-get install ffmpeg)')
  mkdirSync(SHARED_DATA, { recursive: true })
  const making = mkdtempSync(join(SHARED_DATA, 'making-'))
  try {
    await promisify(execFile)(ffmpeg, ARGUMENTS, { cwd: making, timeout: 120_000 })
    renameSync(making, folder)
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}
