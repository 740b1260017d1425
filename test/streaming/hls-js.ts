import type { CmcdReport } from '../../src/streaming/index.ts'

const START = Date.parse('2026-11-20T20:00:00Z')

/**
 * What hls.js 1.7.4 in Chromium sent while it played a film of the sandbox (test/browser/player.test.ts), in the
 * order of arrival: when it came (ms), and the report. Left out: cid, sf, st, mtp, v and most of `rr`; sid, v and the
 * time are put back.
 */
export function captured(lines: string, sid = 'session-1'): CmcdReport[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [, arrived, before, ts, after] = /^(\d+) (.*\bts=)(\d+)(.*)$/.exec(line) as unknown as string[]
      return {
        at: new Date(START + Number(arrived)),
        mode: 'event',
        cmcd: `sid="${sid}",${before}${START + Number(ts)}${after},v=2`,
      }
    })
}

/** A good line; pauses, and seeks inside and outside of what was loaded. */
export const pausesAndSeeks = `
0 e=t,sn=0,ts=0
1 e=ps,sn=1,sta=d,ts=2
16 br=(493),e=bc,sn=2,sta=d,ts=17
18 br=(493),e=pr,pr=1,sn=3,sta=d,ts=19
134 e=rr,sn=4,sta=d,ts=128
138 br=(493),e=ps,sn=5,sta=s,ts=140
140 e=rr,sn=6,sta=s,ts=134
246 bl=(0),br=(1043),e=bc,sn=7,sta=s,ts=248
269 e=rr,sn=8,sta=s,ts=262
286 e=rr,sn=9,sta=s,ts=264
304 bl=(0),br=(1043),e=ps,sn=10,sta=p,ts=307
333 e=rr,sn=11,sta=p,ts=327
343 e=rr,sn=12,sta=p,ts=342
352 e=rr,sn=13,sta=p,ts=352
2246 bl=(10000),br=(1043),e=ps,sn=14,sta=a,ts=2248
2549 bl=(10000),br=(1043),e=ps,sn=15,sta=p,ts=2552
2618 e=rr,sn=16,sta=p,ts=2617
3053 bl=(10000),br=(1043),e=ps,sn=17,sta=k,ts=3055
3053 bl=(10000),br=(1043),e=ps,sn=18,sta=r,ts=3056
3056 bl=(10000),br=(1043),e=ps,sn=19,sta=p,ts=3059
4158 bl=(10000),br=(1043),e=ps,sn=20,sta=a,ts=4160
4219 e=rr,sn=21,sta=a,ts=4217
4463 bl=(10000),br=(1043),e=ps,sn=22,sta=p,ts=4463
4968 bl=(10000),br=(1043),e=ps,sn=23,sta=k,ts=4970
4969 bl=(10000),br=(1043),e=ps,sn=24,sta=r,ts=4972
4982 e=rr,sn=25,sta=r,ts=4974
4983 bl=(1000),br=(1043),e=ps,sn=26,sta=p,ts=4985
4986 e=rr,sn=27,sta=p,ts=4984
4993 e=rr,sn=28,sta=p,ts=4993
4999 bl=(3000),br=(1043),e=t,sn=29,sta=p,ts=5001
5004 e=rr,sn=30,sta=p,ts=5003
5007 e=rr,sn=31,sta=p,ts=5009
6071 bl=(9000),br=(1043),e=ps,sn=32,sta=a,ts=6073
6373 bl=(9000),br=(1043),e=ps,sn=33,sta=p,ts=6374
6381 e=rr,sn=34,sta=p,ts=6377
6875 bl=(9900),br=(1043),e=ps,sn=35,sta=k,ts=6876
6876 bl=(9900),br=(1043),e=ps,sn=36,sta=r,ts=6876
6876 bl=(9900),br=(1043),e=ps,sn=37,sta=p,ts=6878
7980 bl=(9900),br=(1043),e=ps,sn=38,sta=a,ts=7980
8286 bl=(9900),br=(1043),e=ps,sn=39,sta=p,ts=8288
8785 bl=(9900),br=(1043),e=ps,sn=40,sta=k,ts=8788
8787 bl=(9900),br=(1043),e=ps,sn=41,sta=r,ts=8789
8793 e=rr,sn=42,sta=r,ts=8790
8796 bl=(1000),br=(1043),e=ps,sn=43,sta=p,ts=8799
8798 e=rr,sn=44,sta=p,ts=8795
8805 e=rr,sn=45,sta=p,ts=8803
8808 e=rr,sn=46,sta=p,ts=8807
8814 e=rr,sn=47,sta=p,ts=8816
9889 bl=(9000),br=(1043),e=ps,sn=48,sta=a,ts=9892
9916 e=rr,sn=49,sta=a,ts=9917
`

/** A good line: seeked to the end, played again, then five seeks within a second. */
export const replayAndScrubbing = `
0 e=t,sn=0,ts=0
8 e=ps,sn=1,sta=d,ts=12
1418 br=(493),e=bc,sn=2,sta=d,ts=606
1418 br=(493),e=pr,pr=1,sn=3,sta=d,ts=608
2039 e=rr,sn=4,sta=d,ts=1668
2041 e=rr,sn=5,sta=d,ts=1682
2279 br=(493),e=ps,sn=6,sta=s,ts=2329
2285 bl=(0),br=(1043),e=bc,sn=7,sta=s,ts=2386
2364 bl=(0),br=(1043),e=ps,sn=8,sta=p,ts=2497
2607 e=rr,sn=9,sta=p,ts=2615
2608 e=rr,sn=10,sta=p,ts=2616
2655 e=rr,sn=11,sta=p,ts=2755
2784 e=rr,sn=12,sta=p,ts=2802
2824 bl=(7700),br=(1043),e=ps,sn=13,sta=k,ts=2972
2830 bl=(7700),br=(1043),e=ps,sn=14,sta=r,ts=2977
2902 e=rr,sn=15,sta=r,ts=2982
2904 bl=(1000),br=(1043),e=ps,sn=16,sta=p,ts=3059
2944 e=rr,sn=17,sta=p,ts=3053
4835 bl=(3000),br=(1043),e=t,sn=18,sta=p,ts=5000
6019 bl=(3000),br=(1043),e=ps,sn=19,sta=e,ts=6181
6621 bl=(3000),br=(1043),e=ps,sn=20,sta=k,ts=6785
6632 e=rr,sn=21,sta=k,ts=6792
6652 bl=(2000),br=(1043),e=ps,sn=22,sta=r,ts=6810
6653 bl=(2000),br=(1043),e=ps,sn=23,sta=p,ts=6816
6666 e=rr,sn=24,sta=p,ts=6806
6687 e=rr,sn=25,sta=p,ts=6843
6703 e=rr,sn=26,sta=p,ts=6859
6723 e=rr,sn=27,sta=p,ts=6875
8710 bl=(10000),br=(1043),e=ps,sn=28,sta=k,ts=8870
8719 bl=(10000),br=(1043),e=ps,sn=29,sta=r,ts=8883
8722 bl=(10000),br=(1043),e=ps,sn=30,sta=p,ts=8888
8739 bl=(10000),br=(1043),e=ps,sn=31,sta=k,ts=8903
8739 bl=(10000),br=(1043),e=ps,sn=32,sta=r,ts=8904
8753 e=rr,sn=33,sta=r,ts=8912
8765 bl=(2000),br=(1043),e=ps,sn=34,sta=p,ts=8930
8785 e=rr,sn=35,sta=p,ts=8923
8801 bl=(4000),br=(1043),e=ps,sn=36,sta=k,ts=8959
8802 bl=(4000),br=(1043),e=ps,sn=37,sta=r,ts=8961
8814 e=rr,sn=38,sta=r,ts=8963
8826 bl=(2000),br=(1043),e=ps,sn=39,sta=p,ts=8991
8836 bl=(2000),br=(1043),e=ps,sn=40,sta=k,ts=9000
8838 bl=(2000),br=(1043),e=ps,sn=41,sta=r,ts=9004
8855 e=rr,sn=42,sta=r,ts=9013
8867 bl=(2000),br=(1043),e=ps,sn=43,sta=p,ts=9029
8878 bl=(0),br=(1043),e=ps,sn=44,sta=k,ts=9038
8880 bl=(0),br=(1043),e=ps,sn=45,sta=r,ts=9040
8908 e=rr,sn=46,sta=r,ts=9050
8917 bl=(1000),br=(1043),e=ps,sn=47,sta=p,ts=9081
8924 e=rr,sn=48,sta=p,ts=9072
8941 e=rr,sn=49,sta=p,ts=9101
8964 e=rr,sn=50,sta=p,ts=9109
8978 e=rr,sn=51,sta=p,ts=9124
9838 bl=(9000),br=(1043),e=t,sn=52,sta=p,ts=10002
9939 bl=(9000),br=(1043),cen="visibility",e=ce,sn=53,sta=p,ts=10103,bg
`

/** A slow line: a seek out of the first stall, a pause out of the second. The page then hides and goes. */
export const seekInStall = `
0 e=t,sn=0,ts=0
8 e=ps,sn=1,sta=d,ts=11
1857 br=(493),e=bc,sn=2,sta=d,ts=1663
1864 br=(493),e=pr,pr=1,sn=3,sta=d,ts=1695
2325 br=(493),e=ps,sn=4,sta=s,ts=2458
2335 e=rr,sn=5,sta=s,ts=2244
4842 br=(493),e=t,sn=6,sta=s,ts=5000
5524 e=rr,sn=7,sta=s,ts=2262
5624 bl=(0),br=(493),e=ps,sn=8,sta=p,ts=5769
7674 bl=(0),br=(493),e=ps,sn=9,sta=r,ts=7831
8058 bl=(0),br=(493),e=ps,sn=10,sta=k,ts=8217
8064 bl=(0),br=(493),e=ps,sn=11,sta=r,ts=8220
9844 bl=(0),br=(493),e=t,sn=12,sta=r,ts=10001
11071 e=rr,sn=13,sta=r,ts=8227
11082 bl=(2000),br=(493),e=ps,sn=14,sta=p,ts=11239
13106 bl=(2000),br=(493),e=ps,sn=15,sta=r,ts=13265
13614 bl=(2000),br=(493),e=ps,sn=16,sta=a,ts=13770
14059 e=rr,sn=17,sta=a,ts=11233
14127 bl=(2000),br=(493),e=ps,sn=18,sta=p,ts=14285
14841 bl=(2000),br=(493),e=t,sn=19,sta=p,ts=15000
15163 bl=(2000),br=(493),cen="visibility",e=ce,sn=20,sta=p,ts=15314,bg
`

/** A slow line; another tab is in front for two of its three stalls. The page adds `bg`. */
export const hiddenTab = `
0 e=t,sn=0,ts=0
1 e=ps,sn=1,sta=d,ts=2
107 br=(493),e=bc,sn=2,sta=d,ts=182
439 br=(493),e=pr,pr=1,sn=3,sta=d,ts=194
588 br=(493),e=ps,sn=4,sta=s,ts=665
623 e=rr,sn=5,sta=s,ts=630
3610 e=rr,sn=6,sta=s,ts=631
3796 bl=(0),br=(493),e=ps,sn=7,sta=p,ts=3847
4133 bl=(0),br=(493),cen="visibility",e=ce,sn=8,sta=p,ts=4212,bg
4920 bl=(0),br=(493),e=t,sn=9,sta=p,ts=5000,bg
5836 bl=(0),br=(493),e=ps,sn=10,sta=r,ts=5907,bg
6838 e=rr,sn=11,sta=r,ts=3785
6848 bl=(2000),br=(493),e=ps,sn=12,sta=p,ts=6918,bg
8853 bl=(2000),br=(493),e=ps,sn=13,sta=r,ts=8926,bg
9884 e=rr,sn=14,sta=r,ts=6913
9884 bl=(2000),br=(493),e=ps,sn=15,sta=p,ts=9964,bg
9921 bl=(2000),br=(493),e=t,sn=16,sta=p,ts=10001,bg
10934 bl=(2000),br=(493),cen="visibility",e=ce,sn=17,sta=p,ts=10815
11897 bl=(2000),br=(493),e=ps,sn=18,sta=r,ts=11965
13080 e=rr,sn=19,sta=r,ts=9960
13082 bl=(2000),br=(493),e=ps,sn=20,sta=p,ts=13159
14582 bl=(2000),br=(493),cen="visibility",e=ce,sn=21,sta=p,ts=14654
`

/** A line that is gone for 14 s: what happened meanwhile is told late, in disorder, and the `rr` of before. */
export const outage = `
0 e=t,sn=0,ts=0
1059 e=ps,sn=1,sta=d,ts=21
1500 br=(493),e=bc,sn=2,sta=d,ts=1463
1501 br=(493),e=pr,pr=1,sn=3,sta=d,ts=1469
1822 br=(493),e=ps,sn=4,sta=s,ts=2108
1973 e=rr,sn=5,sta=s,ts=1988
3718 e=rr,sn=6,sta=s,ts=1992
3816 bl=(0),br=(493),e=ps,sn=7,sta=p,ts=4110
4690 bl=(0),br=(493),e=t,sn=8,sta=p,ts=5001
19690 bl=(2200),br=(493),e=t,sn=12,sta=r,ts=15000
19691 bl=(2200),br=(493),e=ps,sn=10,sta=r,ts=8161
19691 e=rr,sn=9,sta=p,ts=4104
19691 bl=(2200),br=(493),e=t,sn=11,sta=r,ts=10000
19691 bl=(2200),br=(493),e=t,sn=13,sta=r,ts=20000
21072 e=rr,sn=14,sta=r,ts=19752
21077 bl=(2000),br=(493),e=ps,sn=15,sta=p,ts=21389
22706 e=rr,sn=16,sta=p,ts=21385
24341 e=rr,sn=17,sta=p,ts=23022
24688 bl=(2700),br=(493),e=t,sn=18,sta=p,ts=25000
25422 bl=(1900),br=(493),cen="visibility",e=ce,sn=19,sta=p,ts=25734,bg
`
