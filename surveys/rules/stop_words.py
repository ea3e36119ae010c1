"""Words that say nothing of what a comment is about, in Russian (as lemmas, е for ё) and English (as spoken)."""

from __future__ import annotations

from typing import Final

_RUSSIAN: Final = """
а або без бы быть в вам вами вас ваш весь вместо во вообще вот все всего всегда вы г где да даже два для до его ее ей
ему если есть еще ж же за здесь и из или им ими их к как какой кто ко когда который кроме ли либо лишь между меня мне
много может мой можно мы на над надо нам нами нас наш него нее ней нельзя нем немного нет нибудь никогда ним них ничто
но ну о об один однако он она они оно от ото очень по под пока после потом потому почему почти при про просто раз с
сам самый свой себя сей сейчас сколько со совсем так также такой там тебя тем теперь то тогда того тоже только том тот
ту тут ты у уж уже хотеть хоть хотя чего чем через что чтобы чуть чей чтоб эта эти это этот я мочь стать сказать
говорить мочься вроде типа короче впрочем именно сегодня вчера завтра день неделя спасибо пожалуйста здравствуйте
привет
"""
_ENGLISH: Final = """
a about after again all also am an and any are as at be because been before being both but by can could did do does
doing for from further had has have having he her here hers him his how i if in into is it its itself just me more
most my myself no nor of off on once only or other our ours out over own please same she should so some such than
thank thanks that the their theirs them then there these they this those through to too today tomorrow under until up
us very was we were what when where which while who whom why will with would yesterday you your yours 'd 'll 'm 're 's
've don didn doesn isn wasn weren wouldn couldn shouldn i'm i've i'd i'll it's that's you're we're they're there's
let's he's she's we've they've
"""

STOP_WORDS: Final = frozenset((_RUSSIAN + _ENGLISH).split())
