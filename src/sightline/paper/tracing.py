"""A drawing traced on paper, which measures from below."""

from reportlab.lib.colors import Color, HexColor
from reportlab.platypus import Flowable

from sightline.readiness.documents.drawing import Arrow, Box, Drawing, Stroke


class Traced(Flowable):
    """The drawing, scaled to a width. `fonts` must have been loaded."""

    def __init__(self, drawing: Drawing, width: float) -> None:
        super().__init__()
        self.drawing = drawing
        self.scale = width / drawing.width
        self.width = width
        self.height = drawing.height * self.scale

    def wrap(self, _width: float, most: float) -> tuple[float, float]:
        """How much room it takes. A service with a hundred requirements is made to fit its page."""
        if self.height > most:
            self.scale *= most / self.height
            self.width, self.height = self.drawing.width * self.scale, most
        return self.width, self.height

    def draw(self) -> None:
        """Trace it."""
        self.canv.scale(self.scale, self.scale)
        bottom = max(box.y + box.height for box in self.drawing.boxes)
        for box in self.drawing.boxes:
            self._box(box)
        self._line(self.drawing.wall, 24, self.drawing.wall, bottom, _SOFT, 3, ())
        self._text(self.drawing.wall, 16, self.drawing.wall_title, _SOFT, is_middle=True)
        for arrow in self.drawing.arrows:
            self._arrow(arrow)
        for number, (stroke, text) in enumerate(self.drawing.legend):
            y = bottom + 26 * (number + 1)
            self._line(240, y - 4, 280, y - 4, _colour(stroke), 1.5, _DASHES[stroke])
            self._text(290, y, text, _SOFT)

    def _box(self, box: Box) -> None:
        self.canv.setFillColor(_FACE)
        self.canv.setStrokeColor(_EDGE)
        self.canv.setLineWidth(1)
        self.canv.setDash()
        self.canv.roundRect(box.x, self._up(box.y + box.height), box.width, box.height, 10, fill=1)
        for number, line in enumerate((*box.title, *box.lines)):
            is_title = number < len(box.title)
            self._text(box.x + 10, box.y + 22 + 17 * number, line, _INK if is_title else _SOFT, is_bold=is_title)

    def _arrow(self, arrow: Arrow) -> None:
        start, end = (arrow.x2, arrow.x1) if arrow.is_towards_clients else (arrow.x1, arrow.x2)
        colour, y, tip = _colour(arrow.stroke), arrow.y, -7 if end > start else 7
        self._line(start, y, end, y, colour, 1.5, _DASHES[arrow.stroke])
        if arrow.stroke == "missing":
            self._line(end + tip - 5, y - 5, end + tip + 5, y + 5, colour, 1.5, ())
            self._line(end + tip - 5, y + 5, end + tip + 5, y - 5, colour, 1.5, ())
        else:
            path = self.canv.beginPath()
            path.moveTo(end, self._up(y))
            path.lineTo(end + tip, self._up(y - 4))
            path.lineTo(end + tip, self._up(y + 4))
            path.close()
            self.canv.setFillColor(colour)
            self.canv.drawPath(path, fill=1, stroke=0)
        self._text(arrow.x1 + 45, y - 5, arrow.label, _INK)

    def _line(
        self, x1: float, y1: float, x2: float, y2: float, colour: Color, width: float, dash: tuple[int, ...]
    ) -> None:
        self.canv.setStrokeColor(colour)
        self.canv.setLineWidth(width)
        self.canv.setDash(list(dash))
        self.canv.line(x1, self._up(y1), x2, self._up(y2))

    def _text(
        self, x: float, y: float, text: str, colour: Color, *, is_bold: bool = False, is_middle: bool = False
    ) -> None:
        self.canv.setFont("VeraBd" if is_bold else "Vera", 11)
        self.canv.setFillColor(colour)
        (self.canv.drawCentredString if is_middle else self.canv.drawString)(x, self._up(y), text)

    def _up(self, y: float) -> float:
        return self.drawing.height - y


def _colour(stroke: Stroke) -> Color:
    return _ALARM if stroke == "missing" else _INK


_INK, _SOFT, _FACE, _EDGE = HexColor("#16191d"), HexColor("#59616b"), HexColor("#f4f6f8"), HexColor("#c3cad2")
_ALARM = HexColor("#b3261e")
_DASHES: dict[Stroke, tuple[int, ...]] = {"solid": (), "dashed": (6, 4), "missing": (2, 4)}
