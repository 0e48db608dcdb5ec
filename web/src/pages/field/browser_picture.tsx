/** A drawn browser with a ring where to tap. Drawn, not photographed: it stays true when a browser changes its paint. */
import { PICTURE_OF, type Ring } from './words';

type Spot = { x: number; y: number } | null;

const SPOTS: Record<Ring, Spot> = {
  phone_top_left: { x: 77, y: 24 },
  phone_bottom_left: { x: 77, y: 132 },
  phone_none: null,
  desktop_left: { x: 66, y: 36 },
  desktop_menu: { x: 38, y: 15 },
};

export function BrowserPicture({ ring }: { ring: Ring }) {
  const spot = SPOTS[ring];
  if (!spot) return null;
  return (
    <svg class="browser-picture" viewBox="0 0 240 156" role="img" aria-label={PICTURE_OF}>
      {ring.startsWith('phone') ? <Phone barY={spot.y} /> : <Desktop hasMenu={ring === 'desktop_menu'} />}
      <circle class="halo" cx={spot.x} cy={spot.y} r="13" />
      <circle class="ring" cx={spot.x} cy={spot.y} r="13" />
    </svg>
  );
}

function Phone({ barY }: { barY: number }) {
  return (
    <g>
      <rect class="frame" x="62" y="6" width="116" height="144" rx="12" />
      <rect class="bar" x="68" y={barY - 8} width="104" height="16" rx="8" />
      <Sign x={77} y={barY} />
      <rect class="line" x="90" y={barY - 2} width="56" height="4" rx="2" />
    </g>
  );
}

function Desktop({ hasMenu }: { hasMenu: boolean }) {
  return (
    <g>
      <rect class="frame" x="10" y="6" width="220" height="144" rx="8" />
      {hasMenu && <rect class="line" x="28" y="13" width="20" height="4" rx="2" />}
      <rect class="bar" x="56" y="28" width="160" height="16" rx="8" />
      {!hasMenu && <Sign x={66} y={36} />}
      <rect class="line" x="80" y="34" width="90" height="4" rx="2" />
    </g>
  );
}

/** The two sliders that browsers show for a page's settings. */
function Sign({ x, y }: { x: number; y: number }) {
  return <path class="sign" d={`M${x - 5} ${y - 2.5}h10M${x - 5} ${y + 2.5}h10`} />;
}
