"""What people notice when a requirement of our own is not met, in the languages that documents are made in."""

from sightline.readiness.manifest import Symptom, Translation


def symptom(feature: str) -> Symptom:
    """English, with the other four beside it."""
    english, *others = _WORDS[feature]
    return Symptom(
        feature=feature,
        text=english,
        translations=tuple(Translation(lang, text) for lang, text in zip(_LANGUAGES, others, strict=True)),
    )


_LANGUAGES = ("de", "fr", "es", "pt")
_WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "pages": (
        "The page does not open, or it keeps saying that it is reconnecting.",
        "Die Seite öffnet sich nicht, oder sie meldet immer wieder, dass sie sich neu verbindet.",
        "La page ne s'ouvre pas, ou elle annonce sans cesse qu'elle se reconnecte.",
        "La página no se abre, o avisa una y otra vez de que se está reconectando.",
        "A página não abre, ou avisa repetidamente que está a restabelecer a ligação.",
    ),
    "picture": (
        "Calls go through over TCP: the picture freezes and the sound lags as soon as packets get lost.",
        "Anrufe laufen über TCP: Das Bild friert ein und der Ton hinkt nach, sobald Pakete verloren gehen.",
        "Les appels passent par TCP : l'image se fige et le son prend du retard dès que des paquets se perdent.",
        "Las llamadas pasan por TCP: la imagen se congela y el sonido se retrasa en cuanto se pierden paquetes.",
        "As chamadas passam por TCP: a imagem congela e o som atrasa-se assim que se perdem pacotes.",
    ),
    "calls": (
        "If nothing else of this group passes either: both see each other in the call, without picture or sound.",
        "Wenn auch sonst nichts aus dieser Gruppe durchkommt: Beide sehen sich im Anruf, aber ohne Bild und Ton.",
        "Si rien d'autre de ce groupe ne passe non plus : chacun voit l'autre dans l'appel, sans image ni son.",
        "Si tampoco pasa nada más de este grupo: ambos aparecen en la llamada, pero sin imagen ni sonido.",
        "Se também nada mais deste grupo passar: ambos aparecem na chamada, mas sem imagem nem som.",
    ),
    "other-programs": (
        "Nothing in calls: browsers use the ways of the group media.",
        "Nichts in Anrufen: Browser nutzen die Wege der Gruppe media.",
        "Rien dans les appels : les navigateurs utilisent les voies du groupe media.",
        "Nada en las llamadas: los navegadores usan las vías del grupo media.",
        "Nada nas chamadas: os navegadores usam as vias do grupo media.",
    ),
    "relayed-peers": (
        "Nothing, as long as all in a call can use this relay by one of the ways of the group media.",
        "Nichts, solange alle in einem Anruf dieses Relay über einen der Wege der Gruppe media nutzen können.",
        "Rien, tant que tous les participants peuvent utiliser ce relais par une des voies du groupe media.",
        "Nada, mientras todos en una llamada puedan usar este relé por una de las vías del grupo media.",
        "Nada, desde que todos numa chamada possam usar este retransmissor por uma das vias do grupo media.",
    ),
    "direct": (
        "Media then goes through a relay: a little later, and on the server's bandwidth.",
        "Bild und Ton gehen dann über ein Relay: etwas später und zulasten der Bandbreite des Servers.",
        "L'image et le son passent alors par un relais : un peu plus tard, et sur la bande passante du serveur.",
        "La imagen y el sonido pasan entonces por un relé: algo más tarde y con el ancho de banda del servidor.",
        "A imagem e o som passam então por um retransmissor: um pouco mais tarde e com a largura de banda do servidor.",
    ),
    "direct-calls": (
        "No picture and no sound: this server relays nothing, so media has to go directly.",
        "Weder Bild noch Ton: Dieser Server vermittelt keine Medien, also müssen sie direkt fließen.",
        "Ni image ni son : ce serveur ne relaie rien, les médias doivent donc passer directement.",
        "Ni imagen ni sonido: este servidor no retransmite nada, así que los medios deben ir directamente.",
        "Nem imagem nem som: este servidor não retransmite nada, por isso os dados têm de ir diretamente.",
    ),
}
