// The line of places sold. The words stand outside of the drawing, so that they keep their size on every screen.

import { useId } from 'react';
import { serverNow } from '../../shared/api.js';
import { useFormats } from '../../shared/format.js';
import { useTexts } from '../../shared/language.js';
import { sharedTexts } from '../../shared/texts.js';
import { plotOf, type Sold } from './plot-points.js';
import { salesTexts } from './texts.js';

export function Plot({ sales }: Readonly<{ sales: readonly Sold[] }>) {
  const texts = useTexts(salesTexts);
  const shared = useTexts(sharedTexts);
  const { moment, number } = useFormats();
  const id = useId();
  const plot = plotOf(sales, serverNow());
  if (!plot) return null;
  const { path, area, top, from, to } = plot;
  const [first, last] = [from, to].map((at) => moment(new Date(at).toISOString())) as [string, string];
  const sum = sales.reduce((count, { places }) => count + places, 0);
  return (
    <figure className="plot">
      <figcaption>{texts.plotTitle}</figcaption>
      <div className="plot-box">
        <div className="plot-scale" aria-hidden="true">
          <span>{number(top)}</span>
          <span>{number(top / 2)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={`${id}-title ${id}-text`}
        >
          <title id={`${id}-title`}>{texts.plotTitle}</title>
          <desc id={`${id}-text`}>{texts.plotText(shared.places(sum), first, last)}</desc>
          <path className="plot-grid" d="M0 0H100M0 50H100" vectorEffect="non-scaling-stroke" />
          <path className="plot-area" d={area} />
          <path className="plot-line" d={path} vectorEffect="non-scaling-stroke" />
        </svg>
        <div className="plot-times" aria-hidden="true">
          <span>{first}</span>
          <span>{texts.now}</span>
        </div>
      </div>
    </figure>
  );
}
