"""Closed lists of codes and names: of ISO by way of Babel (Unicode CLDR), of names by frequency."""

from __future__ import annotations

from functools import cache

LANGUAGES = ("en", "ru")


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1: codes of two and of three letters, and the names in English and Russian, in small letters."""
    found = set(_ALPHA_3.lower().split())
    for language in LANGUAGES:
        territories = _territories(language)
        found |= {name.casefold() for name in territories.values()} | {code.lower() for code in territories}
    return frozenset(found | {"usa", "uk", "россия", "сша"})


@cache
def currencies() -> frozenset[str]:
    """ISO 4217, in small letters."""
    from babel import Locale

    return frozenset(code.lower() for code in Locale.parse("en").currencies) | {"rub"}


@cache
def languages() -> frozenset[str]:
    """ISO 639-1 with or without a country (`pt-BR`), and names in English and Russian, in small letters."""
    from babel import Locale

    found: set[str] = set()
    for language in LANGUAGES:
        names = Locale.parse(language).languages
        found |= {code.replace("_", "-").lower() for code in names} | {name.casefold() for name in names.values()}
    return frozenset(found)


def _territories(language: str) -> dict[str, str]:
    from babel import Locale

    return {code: name for code, name in Locale.parse(language).territories.items() if len(code) == 2 and code.isalpha()}


_ALPHA_3 = """ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA
BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH
ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND
IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG
MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL
PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM
SYC SYR TCA TCD TGO THA TJK TKM TKL TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"""

_FIRST_NAMES = """james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew
    joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon
    benjamin samuel gregory frank alexander raymond patrick jack dennis jerry peter henry adam oliver harry leo lucas noah liam ethan hans jean pierre
    luis carlos jose juan miguel pedro ali mohamed muhammad ahmed omar chen wei mary patricia jennifer linda elizabeth barbara susan jessica sarah
    karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura
    cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria
    heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah alice julia grace
    sophia ann jane eva elena olga natalia irina tatiana svetlana ivan dmitry sergey alexey vladimir nikolay mikhail igor oleg pavel yuri
    александр сергей дмитрий андрей алексей максим евгений иван михаил николай владимир артём артем денис егор никита роман павел илья кирилл юрий
    виктор игорь олег антон константин вадим василий пётр петр григорий валерий виталий станислав тимур руслан борис леонид геннадий фёдор федор
    степан глеб матвей марк лев арсений даниил георгий анна елена ольга наталья екатерина татьяна ирина светлана мария юлия анастасия людмила марина
    галина надежда валентина виктория дарья ксения алина полина евгения вера любовь александра софья софия алёна алена яна кристина оксана лариса
    тамара нина вероника диана маргарита елизавета валерия жанна инна зоя лидия раиса тимофей ярослав семён семен захар
    aaron ben abigail agnes alan albert alfred amelia annette arthur audrey austin ava beatrice benedict bernard beth betsy beverly bradley brenda bruce bryan
    caleb cameron carla carmen caroline cecilia chad charlotte chloe claire clara claudia clifford colin connor craig curtis cynthia danielle derek
    desmond doris douglas duncan dylan edgar edith eileen eleanor ella ellen elsie eleanore ernest esther eugene evan felix fiona florence francis
    frederick gail gerald geraldine gilbert gladys glenn gloria gordon graham greg harold harriet harvey herbert howard hugh ian irene isaac isabella
    jamie jasmine jeff jeffery jeremy jill jim joanna joanne joel johanna johnny josephine julian kathryn keith kenny kim kyle lauren leah
    leonard lewis lillian lloyd logan lori louis louise lucy luke lynn mabel malcolm marcus marie marilyn marjorie marlene marshall martha martin
    marvin matilda maureen maurice melvin mia micheal mildred milton miranda molly monica morgan muriel nathan nathaniel neil nigel nina nora norma
    norman owen paula pauline peggy penelope peggy philip phillip phyllis rachael ralph randy regina rhonda rita robin rodney roger ronald rosa
    rosemary ross roy russell sally sebastian sharon sheila sheryl sidney simon sophie spencer stanley stacy stella stewart stuart sylvia tara
    teresa theodore theresa tina todd tom tony tracy travis tyler valerie vanessa vera vernon vincent vivian wallace walter warren wayne wendy wesley zoe
    alejandro alejandra alberto alfonso ana andres antonio beatriz camila carolina catalina cristina daniela diego eduardo emilio enrique esteban
    fernando francisca francisco gabriel gabriela gonzalo guadalupe guillermo gustavo hector ignacio ines isabel javier jesus joaquin jorge josefa julio
    lorena lourdes luisa manuel manuela marcela marco marcos mariana mario marta mateo mauricio mercedes monica natalia nicolas pablo paloma pilar
    rafael ramon raul ricardo rodrigo salvador santiago sergio sofia valentina vicente ximena yolanda joao tiago thiago bruno beatriz leticia luiz
    anja antje bernd birgit brigitte christa christian christoph dieter dirk dorothea elke ernst fritz georg gerhard gisela greta günter gunter hannelore
    heike heinrich heinz helga helmut hermann holger horst ilse inge ingrid jens joachim jochen johannes jörg jurgen jürgen karin karl karsten katja katrin
    klaus kurt lena lothar lukas lutz manfred markus mathias matthias monika nadine nina norbert petra rainer ralf reinhard renate rolf rüdiger sabine
    silke stefan steffen susanne sven thorsten torsten udo ulrich ulrike ursula ute uwe volker werner wilhelm wolfgang jonas finn paul mia emilia
    adele alain amelie andre antoine arnaud aurelie baptiste benoit bernadette camille cecile celine chantal clement colette corinne delphine denise didier
    dominique elise eloise emile emmanuel etienne fabien fabrice florian francois françois françoise frederic gaston genevieve georges gerard gilles
    guillaume helene henri herve hugo isabelle jacqueline jacques jeanne jerome josette julien juliette laurence laurent louis luc lucie madeleine marc
    marcel margaux marguerite martine mathieu mathilde maxime michel mireille monique nathalie noemie odette olivier pascal philippe quentin raphael
    rémi remi rené rene romain sandrine serge simone solange sylvie thierry valentin veronique yann yves yvette yvonne
    alessandro alessia andrea angelo bianca carlo chiara davide elisa enrico fabio federica federico filippo francesca francesco giacomo gianluca giorgia
    giorgio giovanna giovanni giulia giuseppe leonardo lorenzo luca lucia luigi marcello martina massimo matteo michele nicola paola paolo pietro riccardo
    roberto salvatore silvia simona stefano tommaso umberto valeria vincenzo vittoria
    adam agata agnieszka aleksandra andrzej aneta barbara bartosz beata bogdan bozena danuta dariusz dorota ewa grażyna grzegorz halina iwona jacek jadwiga
    jakub jan janusz jarosław jerzy joanna jolanta józef justyna kamil karol katarzyna krystyna krzysztof leszek łukasz maciej magdalena małgorzata marcin
    marek mariusz mateusz michał mirosław monika paweł piotr przemysław rafał renata ryszard sławomir stanisław szymon tadeusz tomasz urszula wanda
    wiesław witold wojciech zbigniew zofia zuzanna
    aarav aditi aditya ajay akash amit amita ananya anil anita anjali ankit anu arjun arun asha ashok avinash deepa deepak divya gaurav geeta gopal harish
    ishaan jaya kavita kiran krishna lakshmi lalita mahesh manish manoj meena meera mohan mukesh naveen neha nikhil nisha pankaj parvati pooja prakash
    pranav prasad pratik praveen preeti priya priyanka rahul raj rajesh rajiv raju rakesh ramesh rani ravi rekha ritu rohan rohit sachin sandeep
    sangeeta sanjay sanjana santosh sarita saurabh shankar shanti sharma shreya shyam sita sneha sonia srinivas sudha sunil sunita suresh swati tanvi uma
    usha varun vidya vijay vikas vikram vinay vinod vishal vivek yash
    abdul abdullah abdel adel adil aisha ahmad amal amina amir amira anwar asma ayesha aziz bilal dalia eman fadi fahad faisal farah farid faris fatima
    fatma habib hadi hala hamid hamza hana hanan hassan hasan hiba hussain hussein huda ibrahim iman imran ismail jamal jamila kamal karim khadija khaled khalid
    laila layla leila mahmoud mahmud mariam maryam mohammad mohammed mona mustafa nabil nada nadia naima nasser noor noura omar osama rana rania rashid
    reem saad safa saleh salim salma samir samira sami sana tariq walid yasmin yasmine youssef yousef yusuf zainab zahra zeynep ayse ayşe emre
    mehmet murat elif hüseyin huseyin hatice merve mustafa kemal burak cem deniz ece esra fatih gamze hakan kerem onur ozan selin serkan sibel tolga ugur umut
    akira aiko ayumi daiki daisuke emi eri haruka haruki haruto hiroshi hiroto junko kaito kana kazuki kazuo keiko kenji kenta makoto mariko masato mayumi
    megumi michiko miki misaki naoki naoko nobuo reiko ren riku ryo sakura satoshi shinji shota sota takashi takeshi takuya taro tomoko yoko yoshiko yuki
    yuko yumi yuto jisoo jiwoo minho minji minjun seojun seoyeon sungmin hyun jihoon yuna eunji ming ling jing jun hong mei ping qiang xin ying yan yong
    zhang wang li liu yang huang zhao wu zhou nguyen thi anh hoang hung lan linh minh nam ngoc phuong quang thao trang tuan van
    astrid bjorn björn britta erik freya gunnar gustav hakon harald helge henrik ida ingeborg ivar jesper johan kari kjell lars leif liv magnus maja mats
    mikael nils olaf ole oskar per pernille rasmus sigrid signe solveig soren søren sven tor torbjorn ulf viggo aino antti eero eeva hanna heikki ilkka jari juha
    jukka kaarina kalle kari laura liisa markku matti mika mikko minna olli outi pekka petri pirjo sami satu seppo tapio timo tuula ville
    adrian alexandra alexandru alina andrei bogdan catalin cristian cristina daniela elena florin gabriela ioana ion ionut laurentiu maria marian mihai
    mihaela mircea radu raluca razvan simona sorin stefan vasile viorel zsolt attila balazs bence csaba eszter ferenc gabor gábor gyorgy ildiko istvan
    istván janos jános katalin krisztina laszlo lászló marton matyas miklos peter sandor tamas tamás tibor zoltan zoltán zsofia zsuzsanna
    oksana olena oleksandr andriy andrii bohdan iryna kateryna mykola nataliya oleksii pavlo serhii svitlana taras tetiana viktor volodymyr yevhen yulia
    aleksandr aleksei alexei anastasia anatoly andrey anton artem boris daria denis dmitri ekaterina evgeny evgenia fedor galina gennady grigory
    inna kirill konstantin ksenia larisa leonid lidia lyudmila maksim maxim nadezhda nikita nikolai oksana polina roman ruslan semyon sergei stanislav stepan
    tamara timur vadim valentin valery vasily viktoria vitaly vladislav vyacheslav yaroslav yegor yulia zoya
    александра алексей аркадий артур богдан валентин виолетта владислав вячеслав герман давид демид дина ефим зинаида игнат ильяс инга камилла карина
    кира клавдия лиана лилия майя марат марьяна милана мирон назар наталия нелли нонна оскар прохор рамиль ренат римма ринат родион рустам савелий светлана
    святослав серафим станислава тарас ульяна фаина шамиль эдуард эльвира эльмира эмма юлиан юрий янина азамат айгуль алишер амина асель бахром гульнара
    дамир джамшид динара жанар зарина ильдар мадина нурлан рашид санжар тахир фарида фарход"""

FIRST_NAMES = frozenset(_FIRST_NAMES.split())
"""Given names that are common in many countries: enough that every column of names holds some. Those that are ordinary words besides are left out."""

_NO_PERSONS = """область край республика район округ город поселок посёлок село деревня улица проспект площадь переулок шоссе набережная бульвар
    ооо оао зао пао ао нао фгуп гуп муп ип банк завод фабрика компания магазин центр школа университет институт больница
    airport airfield field municipal regional international intl air airlines airways base station heliport terminal bridge mountain valley
    street avenue road boulevard lane drive square county city town beach park island river lake bank inc llc ltd gmbh corp corporation company
    group university college school hospital hotel restaurant club store shop"""

NO_PERSONS = frozenset(_NO_PERSONS.split())
"""Words of places and companies: what is named with one of them is no person, though its adjectives end as surnames do."""

RUSSIAN_ENDINGS = (
    "вич",
    "вна",
    "ична",
    "ов",
    "ова",
    "ев",
    "ева",
    "ёв",
    "ёва",
    "ин",
    "ина",
    "ский",
    "ская",
    "цкий",
    "цкая",
    "енко",
    "чук",
)
"""Endings of Russian patronymics and surnames."""
