import { describe, expect, test } from 'vitest';
import { type Fit, type Point, pictureBox, sharesAt, turned } from './geometry';

const WIDE = { width: 1280, height: 720 };

describe('where the picture lies', () => {
  test.each([
    ['contain', { width: 640, height: 640 }, { left: 0, top: 140, width: 640, height: 360 }],
    ['cover', { width: 360, height: 720 }, { left: -460, top: 0, width: 1280, height: 720 }],
    ['contain', { width: 360, height: 720 }, { left: 0, top: 258.75, width: 360, height: 202.5 }],
    ['cover', { width: 1280, height: 720 }, { left: 0, top: 0, width: 1280, height: 720 }],
  ] as const)('%s in %j', (fit, element, box) => {
    expect(pictureBox(element, WIDE, fit)).toEqual(box);
  });

  test('a picture that is not there yet lies nowhere', () => {
    expect(pictureBox(WIDE, { width: 0, height: 0 }, 'cover')).toBeNull();
    expect(pictureBox({ width: 0, height: 9 }, WIDE, 'cover')).toBeNull();
  });
});

describe('a place on one page is the same place on any other', () => {
  const boxes = [
    { width: 1000, height: 400 },
    { width: 360, height: 740 },
    { width: 77, height: 77 },
  ];
  const pictures = [WIDE, { width: 720, height: 1280 }, { width: 640, height: 480 }];
  const points: Point[] = [
    [0, 0],
    [0.25, 0.75],
    [1, 1],
  ];
  for (const picture of pictures)
    for (const element of boxes)
      for (const fit of ['contain', 'cover'] as Fit[])
        for (const isMirrored of [false, true])
          test(`${JSON.stringify({ picture, element, fit, isMirrored })}`, () => {
            const box = pictureBox(element, picture, fit);
            if (!box) throw new Error('it has a size');
            expect(box.width / box.height).toBeCloseTo(picture.width / picture.height, 6);
            for (const [x, y] of points) {
              const across = isMirrored ? 1 - x : x;
              const place = [box.left + across * box.width, box.top + y * box.height] as const;
              const [backX, backY] = sharesAt(...place, box, isMirrored);
              expect(backX).toBeCloseTo(x, 4);
              expect(backY).toBeCloseTo(y, 4);
            }
          });

  test('a place beside the picture is the nearest on it', () => {
    const box = { left: 10, top: 10, width: 100, height: 100 };
    expect(sharesAt(0, 500, box, false)).toEqual([0, 1]);
  });
});

describe('a phone that is turned', () => {
  test('keeps the middle, and what is beside it at the same distance in pixels', () => {
    expect(turned([0.5, 0.5], 16 / 9, 9 / 16)).toEqual([0.5, 0.5]);
    const [x, y] = turned([0.6, 0.6], 16 / 9, 9 / 16);
    expect((x - 0.5) * 720).toBeCloseTo(0.1 * 1280, 6);
    expect((y - 0.5) * 1280).toBeCloseTo(0.1 * 720, 6);
  });

  test('and turned back is where it was', () => {
    const [x, y] = turned(turned([0.6, 0.3], 4 / 3, 3 / 4), 3 / 4, 4 / 3);
    expect(x).toBeCloseTo(0.6, 9);
    expect(y).toBeCloseTo(0.3, 9);
  });

  test('what left the picture is beyond its edge', () => {
    expect(turned([1, 0.5], 16 / 9, 9 / 16)[0]).toBeGreaterThan(1);
  });

  test('a side that an encoder rounded is no turn', () => {
    expect(turned([0.9, 0.1], 1280 / 720, 426 / 240)).toEqual([0.9, 0.1]);
  });
});
