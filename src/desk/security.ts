import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** Hosts besides our own sandbox from which pictures in posts are shown. */
const IMAGE_ORIGINS = ['https://pbs.twimg.com']

/** Origins that a post's pictures may come from; the Content-Security-Policy names the same ones. */
export function imageOrigins(sandboxWeb: string | null): string[] {
  return sandboxWeb ? [...IMAGE_ORIGINS, new URL(sandboxWeb).origin] : IMAGE_ORIGINS
}

/** Headers of every page: our own scripts and styles from files only, no frames, no foreign pictures. */
export function securityHeaders(publicUrl: string, images: readonly string[]): RequestHandler {
  const https = publicUrl.startsWith('https:')
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", ...images],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: https,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
  })
}
