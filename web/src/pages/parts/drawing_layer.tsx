/** The marks on one picture: lies exactly over the picture, whatever box it is shown in. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Box, type Drawing, outline, type Pixel, pictureBox, pixelsOf, sharesAt } from '../../annotate';
import type { Call, Stroke } from '../../signalling';
import { DRAW } from './words';

type LayerProps = { drawing: Drawing; call: Call; on: string; canDraw?: boolean };

/** Of the pen, in pixels: less is a hand that trembles. */
const LEAST_MOVE = 1.5;

/** Stands beside the video in its tile. */
export function DrawingLayer({ drawing, call, on, canDraw = false }: LayerProps) {
  const layer = useRef<SVGSVGElement>(null);
  const shown = usePicture(layer);
  const isDrawing = canDraw && drawing.tool.value !== null;
  const strokes = [...drawing.strokes.value.values()].filter(
    (one) => one.on === on && one.is_shown !== false,
  );
  const name = call.participants.find(({ id }) => id === on)?.name ?? '';
  const pen = usePen(drawing, call, on, shown);
  return (
    <svg
      ref={layer}
      class={`drawing-layer ${isDrawing ? 'drawing' : ''}`}
      data-testid="drawing-layer"
      data-on={on}
      role="img"
      aria-label={DRAW.marksOn(name)}
      style={shown ? { left: shown.left, top: shown.top, width: shown.width, height: shown.height } : {}}
      {...(isDrawing ? pen : {})}
    >
      {shown &&
        strokes.map((stroke) => (
          <Mark
            key={stroke.id}
            stroke={stroke}
            box={shown}
            colour={call.participants.find(({ id }) => id === stroke.author)?.colour ?? 1}
            isFading={drawing.fading.value.has(stroke.id)}
          />
        ))}
    </svg>
  );
}

type Shown = Box & { isMirrored: boolean };
type MarkProps = { stroke: Stroke; box: Shown; colour: number; isFading: boolean };

function Mark({ stroke, box, colour, isFading }: MarkProps) {
  // A stroke is a new value when it changes: what does not is not drawn again while another one grows.
  return useMemo(() => {
    const pixels = pixelsOf(stroke, box, box.isMirrored);
    const path = outline(stroke.tool, pixels);
    const [first, last] = [pixels[0], pixels.at(-1)];
    return (
      <g
        class={`mark ${stroke.tool} person-${colour} ${isFading ? 'fading' : ''}`}
        data-stroke={stroke.id}
        data-tool={stroke.tool}
      >
        {path && <path class="halo" d={path} />}
        {path && <path class="line" d={path} />}
        {stroke.tool === 'pointer' && last && <circle class="tip" cx={last[0]} cy={last[1]} r={9} />}
        {first && <Label stroke={stroke} at={first} />}
      </g>
    );
  }, [stroke, box, colour, isFading]);
}

function Label({ stroke, at: [x, y] }: { stroke: Stroke; at: Pixel }) {
  const text = stroke.tool === 'number' ? String(stroke.number) : stroke.text;
  if (!text) return null;
  return (
    <text x={x} y={y} text-anchor={stroke.tool === 'number' ? 'middle' : 'start'} dominant-baseline="central">
      {text}
    </text>
  );
}

/** Where the picture lies in its tile now: the page, the phone or the sender may change that at any time. */
function usePicture(layer: { current: SVGSVGElement | null }): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const tile = layer.current?.closest<HTMLElement>('.tile');
    const video = tile?.querySelector('video');
    if (!tile || !video) return;
    const look = () => setShown((before) => unlessSame(before, measured(tile, video)));
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(video);
    video.addEventListener('resize', look);
    video.addEventListener('loadedmetadata', look);
    return () => {
      watcher.disconnect();
      video.removeEventListener('resize', look);
      video.removeEventListener('loadedmetadata', look);
    };
  }, [layer]);
  return shown;
}

function measured(tile: HTMLElement, video: HTMLVideoElement): Shown | null {
  const element = { width: video.clientWidth, height: video.clientHeight };
  const picture = { width: video.videoWidth, height: video.videoHeight };
  const fit = getComputedStyle(video).objectFit === 'contain' ? 'contain' : 'cover';
  const box = pictureBox(element, picture, fit);
  return box && { ...box, isMirrored: tile.classList.contains('mirrored') };
}

function unlessSame(before: Shown | null, now: Shown | null): Shown | null {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

function usePen(drawing: Drawing, call: Call, on: string, shown: Shown | null) {
  const last = useRef<Pixel | null>(null);
  if (!shown) return {};
  const shareOf = ({ clientX, clientY }: PointerEvent, layer: Element) =>
    sharesAt(clientX, clientY, layer.getBoundingClientRect(), shown.isMirrored);
  const lift = () => {
    last.current = null;
    drawing.lift();
  };
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      last.current = [event.clientX, event.clientY];
      drawing.begin(call, on, shown.width / shown.height, shareOf(event, event.currentTarget));
    },
    onPointerMove: (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
      if (!last.current || !event.isPrimary) return;
      const layer = event.currentTarget;
      const all = event.getCoalescedEvents?.() ?? [];
      const points = (all.length > 0 ? all : [event]).filter((each) => {
        const [x, y] = last.current ?? [0, 0];
        if (Math.hypot(each.clientX - x, each.clientY - y) < LEAST_MOVE) return false;
        last.current = [each.clientX, each.clientY];
        return true;
      });
      drawing.move(points.map((each) => shareOf(each, layer)));
    },
    onPointerUp: lift,
    onPointerCancel: lift,
  };
}
